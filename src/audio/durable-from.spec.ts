import { describe, expect, it } from '@jest/globals';
import { collect, decodeAll } from '../../test/support/audio/decode-all.js';
import { ffmpeg, ffmpegPath, itWithFfmpeg } from '../../test/support/audio/ffmpeg.js';
import { recording, sampleWav } from '../../test/support/audio/fixtures.js';
import { splitPages } from '../../test/support/audio/ogg-pages.js';
import { likeness } from '../../test/support/audio/pcm-likeness.js';
import { evenCuts } from '../../test/support/audio/random-cuts.js';
import type { AudioCodec, AudioDecoder } from './audio-decoder.js';
import { createAudioDecoder } from './create-audio-decoder.js';

const WAV_HEADER_BYTES = 44;
const CHUNK_BYTES = 500;
/** Of the chunks of a recording: those of its last frame, page or fragment are durable by its end only. */
const MOST = 0.6;
/** Another decoder's samples fall between those of the first one, where the rate is changed. */
const ALIKE = 0.97;
/** Enough for speech to be in it. */
const LEAST_COMPARED_SAMPLES = 16_000;

async function decoded(bytes: Buffer): Promise<{ sut: AudioDecoder; samples: Int16Array }> {
  const sut = createAudioDecoder({ codec: 'auto' }, { ffmpegPath });
  return { sut, samples: await collect(sut, evenCuts(bytes, CHUNK_BYTES)) };
}

/**
 * Forgets the beginning of a recording, for each beginning that counts as durable while it could still matter, and expects
 * another decoder to make the same of the rest from the promised sample on.
 * @param restAt where a decoder could begin at the first byte that is left, or behind it
 * @param codec what a client would declare of the rest
 * @returns the part of the chunks that were durable before the end
 */
async function partSettled(
  bytes: Buffer,
  header: Buffer,
  { restAt = (at) => at, codec = 'auto' }: { restAt?: (at: number) => number; codec?: AudioCodec } = {},
): Promise<number> {
  const { sut, samples } = await decoded(bytes);
  let durable = 0;
  let chunks = 0;
  for (let end = CHUNK_BYTES; end < bytes.length; end += CHUNK_BYTES) {
    chunks++;
    const from = sut.durableFrom(end);
    if (from === undefined || from >= samples.length) continue;
    durable++;
    if (end <= header.length || chunks % 7 !== 0 || samples.length - from < LEAST_COMPARED_SAMPLES) continue;
    const rest = await decodeAll([Buffer.concat([header, bytes.subarray(restAt(end))])], { codec });
    const expected = samples.subarray(from);
    expect(rest.length).toBeGreaterThanOrEqual(expected.length);
    expect(likeness(rest.subarray(-expected.length), expected)).toBeGreaterThan(ALIKE);
  }
  return durable / chunks;
}

const speech = (args: string): Buffer => ffmpeg(sampleWav('three-sentences'), args.split(' '));

describe('what a decoder says is durable', () => {
  it('is each sample of WAV', async () => {
    const bytes = sampleWav('hello-world');
    const { sut } = await decoded(bytes);

    expect(sut.durableFrom(WAV_HEADER_BYTES)).toBe(0);
    expect(sut.durableFrom(WAV_HEADER_BYTES + 1)).toBe(1);
    expect(sut.durableFrom(WAV_HEADER_BYTES + 2_000)).toBe(1_000);
    expect(sut.durableFrom(bytes.length)).toBe((bytes.length - WAV_HEADER_BYTES) / 2);
    expect(sut.durableFrom(bytes.length + 1)).toBeUndefined();
  });

  it('is each sample of raw PCM at its own rate', async () => {
    const sut = createAudioDecoder({ codec: 's16le', sampleRate: 48_000, channels: 2 });
    await collect(sut, [new Uint8Array(48_000)]);

    expect(sut.durableFrom(4 * 30)).toBe(10);
    expect(sut.durableFrom(4 * 30 + 1)).toBe(11);
  });

  it('counts the audio of all data chunks of a WAV and nothing in between', async () => {
    const wav = sampleWav('hello-world');
    const data = Buffer.alloc(8 + 2_000);
    data.write('data', 'latin1');
    data.writeUInt32LE(2_000, 4);
    const { sut } = await decoded(Buffer.concat([wav.subarray(0, 36), data, data]));

    expect(sut.durableFrom(WAV_HEADER_BYTES + 2_000)).toBe(1_000);
    expect(sut.durableFrom(WAV_HEADER_BYTES + 2_000 + 8)).toBe(1_000);
    expect(sut.durableFrom(WAV_HEADER_BYTES + 2_000 + 8 + 10)).toBe(1_005);
  });

  it('is a WebM up to its clusters', async () => {
    const bytes = recording('conversation-30s.live.webm');
    const header = bytes.subarray(0, bytes.indexOf(Buffer.from('1f43b675', 'hex')));

    expect(await partSettled(bytes, header)).toBeGreaterThan(MOST);
  });

  it('is an Ogg up to its pages', async () => {
    const bytes = recording('three-sentences.ogg');
    const header = Buffer.concat(splitPages(bytes).slice(0, 2));

    expect(await partSettled(bytes, header)).toBeGreaterThan(MOST);
  });

  itWithFfmpeg.each([
    ['aac', '-ar 48000 -c:a aac -b:a 48k -f adts'],
    ['mp3', '-ar 44100 -c:a libmp3lame -b:a 48k -write_xing 0 -f mp3'],
  ] as const)('is %s up to its frames, but for what the next ones lean on', async (codec, args) => {
    expect(await partSettled(speech(args), Buffer.alloc(0), { codec })).toBeGreaterThan(MOST);
  });

  itWithFfmpeg.each(['-ar 16000', '-ar 44100', '-ar 48000 -ac 2'])(
    'is FLAC (%s) up to its frames',
    async (args) => {
      const bytes = speech(`${args} -c:a flac -f flac`);

      expect(await partSettled(bytes, bytes.subarray(0, bytes.indexOf('fff8', 42, 'hex')))).toBeGreaterThan(
        MOST,
      );
    },
  );

  itWithFfmpeg(
    'is the second of two FLAC recordings, too, of which only the frames are told apart',
    async () => {
      const bytes = speech('-ar 16000 -c:a flac -f flac');
      const { sut, samples } = await decoded(Buffer.concat([bytes, bytes]));

      const from = sut.durableFrom(bytes.length * 1.8);
      expect(from).toBeGreaterThan(samples.length / 2);
      expect(from).toBeLessThan(samples.length);
    },
  );

  itWithFfmpeg('is a fragmented MP4 up to its fragments', async () => {
    const bytes = speech(
      '-ar 48000 -c:a aac -b:a 48k -movflags empty_moov+default_base_moof -frag_duration 500000 -f mp4',
    );
    const restAt = (at: number): number => bytes.indexOf('moof', at + 4, 'latin1') - 4;

    expect(await partSettled(bytes, bytes.subarray(0, restAt(0)), { restAt })).toBeGreaterThan(MOST);
  });

  itWithFfmpeg('is nothing of an MP4 with its index at the end', async () => {
    const { sut, samples } = await decoded(recording('ko-hello.m4a'));

    expect(samples.length).toBeGreaterThan(0);
    expect(sut.durableFrom(CHUNK_BYTES)).toBeUndefined();
  });

  it('is all of a recording behind which another one has begun', async () => {
    const [first, second] = [recording('ko-hello.ogg'), sampleWav('hello-world')];
    const { sut } = await decoded(Buffer.concat([first, second]));
    const samples = (await decodeAll([first])).length;

    expect(sut.durableFrom(first.length)).toBe(samples);
    expect(sut.durableFrom(first.length + WAV_HEADER_BYTES + 2_000)).toBe(samples + 1_000);
  });

  it('is told while the recording runs', async () => {
    const bytes = sampleWav('hello-world');
    const sut = createAudioDecoder({ codec: 'auto' });
    let given = 0;
    const chunks = (async function* () {
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
        yield bytes.subarray(at, at + CHUNK_BYTES);
        // Some bytes may be held, as a header could begin with them.
        expect(sut.durableFrom(at)).toBeLessThanOrEqual(given);
      }
    })();

    for await (const block of sut.decode(chunks)) given += block.length;

    expect(given).toBe((bytes.length - WAV_HEADER_BYTES) / 2);
  });

  it('is told of many recordings at once coarsely, but not too early', async () => {
    const wav = Buffer.concat([sampleWav('hello-world').subarray(0, 36), smallData()]);
    const { sut } = await decoded(Buffer.concat(Array.from({ length: 50 }, () => wav)));

    expect(sut.durableFrom(20 * wav.length)).toBeGreaterThanOrEqual(2_000);
    expect(sut.durableFrom(49 * wav.length)).toBe(4_900);
  });
});

function smallData(): Buffer {
  const data = Buffer.alloc(8 + 200);
  data.write('data', 'latin1');
  data.writeUInt32LE(200, 4);
  return data;
}
