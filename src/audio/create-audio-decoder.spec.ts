import { describe, expect, it } from '@jest/globals';
import { damaged } from '../../test/support/audio/damage.js';
import { collect, decodeAll, joined, oneByOne } from '../../test/support/audio/decode-all.js';
import { ffmpeg, ffmpegPcm, itWithFfmpeg } from '../../test/support/audio/ffmpeg.js';
import { fingerprint } from '../../test/support/audio/fingerprint.js';
import {
  recorderChunkSizes,
  recording,
  referencePcm,
  sampleWav,
  toSamples,
} from '../../test/support/audio/fixtures.js';
import { expectAlike } from '../../test/support/audio/pcm-likeness.js';
import { cutsOf, evenCuts, randomCuts } from '../../test/support/audio/random-cuts.js';
import { seededRandom, testSeed } from '../../test/support/random.js';
import { InvalidInputError } from '../common/errors/caller-errors.js';
import { ParleyError } from '../common/errors/parley-error.js';
import { DecodeFailedError, UnsupportedAudioError } from '../common/errors/session-errors.js';
import type { AudioFormatDeclaration } from './audio-decoder.js';
import { createAudioDecoder } from './create-audio-decoder.js';

/** A frame of Opus at its usual 20 ms. */
const FRAME_SAMPLES = 320;
const ROUNDS = 8;
const WAV_HEADER_BYTES = 44;
const DAMAGED_RECORDINGS = 45;

const seed = testSeed();
const random = seededRandom(seed);

const RECORDINGS: readonly [name: string, bytes: Buffer, declaration: AudioFormatDeclaration][] = [
  ['a Chromium recording', recording('three-sentences.chromium.webm'), { codec: 'auto' }],
  ['WebM written to a pipe', recording('ko-hello.live.webm'), { codec: 'webm' }],
  ['Ogg', recording('ko-hello.ogg'), { codec: 'ogg' }],
  ['WAV', sampleWav('ko-hello'), { codec: 'wav' }],
  [
    's16le at 44.1 kHz in stereo',
    sampleWav('hello-world'),
    { codec: 's16le', sampleRate: 44_100, channels: 2 },
  ],
  ['f32le at 48 kHz', floats(sampleWav('hello-world')), { codec: 'f32le', sampleRate: 48_000 }],
];

/** The samples of a 16-bit WAV as 32-bit floats. */
function floats(wav: Buffer): Buffer {
  const samples = toSamples(wav.subarray(WAV_HEADER_BYTES));
  return Buffer.from(Float32Array.from(samples, (sample) => sample / 32_768).buffer);
}

/** Samples that are decoded in process, or the code of the error. What is no error of ours is thrown. */
async function outcomeOf(chunks: Iterable<Uint8Array>): Promise<string> {
  try {
    return `decoded ${fingerprint(await collect(createAudioDecoder({ codec: 'auto' }), chunks))}`;
  } catch (error) {
    if (error instanceof ParleyError) return error.code;
    throw error;
  }
}

describe(createAudioDecoder.name, () => {
  describe.each(RECORDINGS)('given %s', (_, bytes, declaration) => {
    it(`makes the same samples however the bytes were cut (seed ${seed})`, async () => {
      const whole = fingerprint(await decodeAll([bytes], declaration));

      for (let round = 0; round < ROUNDS; round++)
        expect(fingerprint(await decodeAll(randomCuts(bytes, random), declaration))).toBe(whole);
    });

    it('makes the same samples when the bytes come one by one', async () => {
      const start = bytes.subarray(0, 6_000);

      expect(fingerprint(await decodeAll(evenCuts(start, 1), declaration))).toBe(
        fingerprint(await decodeAll([start], declaration)),
      );
    });

    it('gives blocks that a reader can take one at a time', async () => {
      const sut = createAudioDecoder(declaration);
      const lengths: number[] = [];

      for await (const block of sut.decode(oneByOne([bytes]))) lengths.push(block.length);

      expect(Math.min(...lengths)).toBeGreaterThan(0);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(16_384);
    });
  });

  it.each(['three-sentences.chromium.webm', 'ko-hello.live.webm', 'ko-hello.ogg'])(
    'makes of %s what ffmpeg makes of it',
    async (name) => {
      expectAlike(await decodeAll([recording(name)]), referencePcm(name), FRAME_SAMPLES);
    },
  );

  it('decodes a recording chunk by chunk as the recorder gave it', async () => {
    const bytes = recording('three-sentences.chromium.webm');
    const chunks = cutsOf(bytes, recorderChunkSizes('three-sentences.chromium'));

    expect(fingerprint(await decodeAll(chunks))).toBe(fingerprint(await decodeAll([bytes])));
  });

  itWithFfmpeg.each(['conversation-30s.live.webm', 'conversation-30s.ogg', 'three-sentences.live.webm'])(
    'makes of %s what a local ffmpeg makes of it',
    async (name) => {
      expectAlike(await decodeAll([recording(name)]), ffmpegPcm(recording(name)), FRAME_SAMPLES);
    },
  );

  itWithFfmpeg.each([
    ['speech in frames of 60 ms', ['-b:a', '12k', '-application', 'voip', '-frame_duration', '60']],
    ['low delay in frames of 2.5 ms', ['-b:a', '96k', '-application', 'lowdelay', '-frame_duration', '2.5']],
    ['music in stereo', ['-b:a', '96k', '-application', 'audio', '-ac', '2', '-af', 'adelay=20|0']],
    ['packets of 120 ms', ['-b:a', '32k', '-frame_duration', '120']],
    ['speech recorded at 16 kHz', ['-b:a', '16k', '-ar', '16000']],
  ])('makes of Opus for %s what a local ffmpeg makes of it', async (_, args) => {
    for (const container of ['webm', 'ogg']) {
      const bytes = ffmpeg(sampleWav('three-sentences'), ['-c:a', 'libopus', ...args, '-f', container]);

      expectAlike(await decodeAll([bytes]), ffmpegPcm(bytes), FRAME_SAMPLES);
    }
  });

  // ffmpeg's own decoder differs from the reference one here, by a correlation of 0.988.
  itWithFfmpeg('makes of Opus for narrow-band speech what libopus makes of it', async () => {
    const bytes = ffmpeg(sampleWav('three-sentences'), '-c:a libopus -b:a 8k -ar 8000 -f ogg'.split(' '));

    expectAlike(await decodeAll([bytes]), ffmpegPcm(bytes, ['-c:a', 'libopus']), FRAME_SAMPLES);
  });

  itWithFfmpeg.each([
    ['u8 at 8 kHz', ['-ar', '8000', '-c:a', 'pcm_u8']],
    ['s16 at 11.025 kHz', ['-ar', '11025', '-c:a', 'pcm_s16le']],
    ['s16 at 22.05 kHz in stereo', ['-ar', '22050', '-ac', '2', '-c:a', 'pcm_s16le']],
    ['s24 at 44.1 kHz in stereo', ['-ar', '44100', '-ac', '2', '-c:a', 'pcm_s24le']],
    ['s32 at 32 kHz', ['-ar', '32000', '-c:a', 'pcm_s32le']],
    ['f32 at 48 kHz', ['-ar', '48000', '-c:a', 'pcm_f32le']],
    ['f64 at 96 kHz', ['-ar', '96000', '-c:a', 'pcm_f64le']],
  ] as const)('makes of WAV with %s, written to a pipe, what ffmpeg makes of it', async (_, args) => {
    const wav = ffmpeg(sampleWav('three-sentences'), [...args, '-f', 'wav']);

    expectAlike(await decodeAll([wav]), ffmpegPcm(wav), FRAME_SAMPLES);
  });

  it.each([
    ['webm', 'three-sentences.chromium.webm'],
    ['ogg', 'ko-hello.ogg'],
  ])('plays a second %s recording of the same session behind the first', async (_, name) => {
    const bytes = recording(name);
    const once = await decodeAll([bytes]);

    const twice = await decodeAll(randomCuts(Buffer.concat([bytes, bytes]), random));

    expect(fingerprint(twice)).toBe(fingerprint(joined([once, once])));
  });

  it('goes on with the next recording when the last one was cut off within an element', async () => {
    const bytes = recording('three-sentences.chromium.webm');
    const cutOff = bytes.subarray(0, 9_000);

    const samples = await decodeAll(randomCuts(Buffer.concat([cutOff, bytes]), random));

    const [first, second] = await Promise.all([decodeAll([cutOff]), decodeAll([bytes])]);
    expect(fingerprint(samples)).toBe(fingerprint(joined([first, second])));
  });

  it('takes recordings of different containers in one session', async () => {
    const parts = [recording('ko-hello.ogg'), sampleWav('hello-world'), recording('ko-hello.live.webm')];

    const samples = await decodeAll(randomCuts(Buffer.concat(parts), random));

    const each = await Promise.all(parts.map((part) => decodeAll([part])));
    expect(fingerprint(samples)).toBe(fingerprint(joined(each)));
  });

  it('decodes many sessions at once without mixing them', async () => {
    const names = ['ko-hello.ogg', 'ko-hello.live.webm', 'three-sentences.chromium.webm'];
    const alone = await Promise.all(names.map((name) => decodeAll([recording(name)])));

    const together = await Promise.all(
      [...names, ...names, ...names].map((name) => decodeAll(randomCuts(recording(name), random))),
    );

    expect(together.map(fingerprint)).toEqual([...alone, ...alone, ...alone].map(fingerprint));
  });

  it.each([
    ['text', Buffer.from('not audio at all')],
    ['too little to tell', Buffer.from('Og')],
    ['a WebM cluster whose header never came', Buffer.from('1f43b67501ffffffffffffff', 'hex')],
  ])('refuses %s as unsupported', async (_, bytes) => {
    await expect(decodeAll([bytes])).rejects.toThrow(UnsupportedAudioError);
  });

  it('tells a client whose recording lacks its beginning to send it', async () => {
    const bytes = Buffer.from('1f43b67501ffffffffffffff', 'hex');

    await expect(decodeAll([bytes])).rejects.toThrow(/without its header/);
  });

  it.each([
    ['three-sentences.chromium.webm', 'three-sentences.chromium'],
    ['ko-hello.chromium.mp4', 'ko-hello.chromium'],
  ])('tells it after whichever chunk of %s the recording goes on', async (name, sizes) => {
    const [, ...later] = cutsOf(recording(name), recorderChunkSizes(sizes));

    for (const chunk of later)
      await expect(decodeAll([chunk])).rejects.toMatchObject({
        code: 'unsupported_audio',
        param: 'audio',
        message: expect.stringMatching(/without its header: send its first chunk/),
      });
  });

  it.each(['three-sentences.chromium.webm', 'hello-world.wav'])(
    'calls %s damaged when it ends within its header',
    async (name) => {
      const bytes = name.endsWith('.wav') ? sampleWav('hello-world') : recording(name);

      await expect(decodeAll([bytes.subarray(0, 30)])).rejects.toThrow(DecodeFailedError);
    },
  );

  it(`ends every damaged recording with audio or with a clear error, the same for all cuts (seed ${seed})`, async () => {
    const sources = ['three-sentences.chromium.webm', 'ko-hello.live.webm', 'ko-hello.ogg'].map(recording);
    const outcomes = new Set<string>();

    for (let round = 0; round < DAMAGED_RECORDINGS; round++) {
      const bytes = damaged(sources[round % sources.length]!, random);
      const [whole, cut] = [await outcomeOf([bytes]), await outcomeOf(randomCuts(bytes, random))];

      expect(cut).toBe(whole);
      outcomes.add(whole.split(' ', 1)[0]!);
    }

    expect(['decoded', 'decode_failed', 'unsupported_audio']).toEqual(expect.arrayContaining([...outcomes]));
  });

  it('makes nothing of a session without audio', async () => {
    expect(await decodeAll([new Uint8Array(0)])).toHaveLength(0);
  });

  it.each([
    [{ codec: 's16le' }, 'format.sampleRate'],
    [{ codec: 'f32le', sampleRate: 4_000 }, 'format.sampleRate'],
    [{ codec: 's16le', sampleRate: 16_000, channels: 0 }, 'format.channels'],
  ] as const)('refuses the declaration %j', (declaration, param) => {
    expect(() => createAudioDecoder(declaration)).toThrow(InvalidInputError);
    expect(() => createAudioDecoder(declaration)).toThrow(expect.objectContaining({ param }));
  });

  it('asks for the next chunk only when the audio of the last one was read', async () => {
    const bytes = recording('three-sentences.chromium.webm');
    let taken = 0;
    const chunks = (async function* () {
      for (const chunk of evenCuts(bytes, 6_000)) {
        taken++;
        yield chunk;
      }
    })();

    const audio = createAudioDecoder({ codec: 'auto' }).decode(chunks)[Symbol.asyncIterator]();
    await audio.next();
    await new Promise(setImmediate);

    expect(taken).toBe(1);
    await audio.return?.();
  });

  it('lets go of its input when the reader leaves', async () => {
    let isReleased = false;
    const chunks = (async function* () {
      try {
        yield* evenCuts(recording('ko-hello.ogg'), 500);
      } finally {
        isReleased = true;
      }
    })();

    for await (const _ of createAudioDecoder({ codec: 'auto' }).decode(chunks)) break;

    expect(isReleased).toBe(true);
  });

  it('gives nothing more once it was freed', async () => {
    const sut = createAudioDecoder({ codec: 'auto' });
    const blocks: Int16Array[] = [];

    for await (const block of sut.decode(oneByOne(evenCuts(recording('ko-hello.ogg'), 2_000)))) {
      blocks.push(block);
      sut.free();
      sut.free();
    }

    expect(blocks).toHaveLength(1);
  });
});
