import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { childProcesses, noChildProcesses } from '../../../test/support/audio/child-processes.js';
import { collect, decodeAll, joined, oneByOne } from '../../../test/support/audio/decode-all.js';
import { describeWithFfmpeg, ffmpeg, ffmpegFilePcm, ffmpegPath } from '../../../test/support/audio/ffmpeg.js';
import { fingerprint } from '../../../test/support/audio/fingerprint.js';
import { recording, recordingPath, sampleWav } from '../../../test/support/audio/fixtures.js';
import { expectAlike } from '../../../test/support/audio/pcm-likeness.js';
import { evenCuts, randomCuts } from '../../../test/support/audio/random-cuts.js';
import { seededRandom, testSeed } from '../../../test/support/random.js';
import { TenantConcurrencyLimit } from '../../common/limits/concurrency-limit.js';
import { ONE_TENANT } from '../../common/limits/tenant-shares.js';
import { DecodeFailedError, UnsupportedAudioError } from '../../common/errors/session-errors.js';
import { createAudioDecoder } from '../create-audio-decoder.js';
import { DEFAULT_DECODER_LIMITS } from '../decoder-limits.js';
import { FfmpegSegment } from './ffmpeg-segment.js';

const RECORDINGS = [
  'ko-hello.chromium.mp4',
  'ko-hello.fragmented.mp4',
  'ko-hello.m4a',
  'ko-hello.aac',
  'ko-hello.mp3',
  'ko-hello.flac',
];
/** A frame of MP3 at 44.1 kHz. */
const FRAME_SAMPLES = 418;
const ROUNDS = 5;

const seed = testSeed();
const random = seededRandom(seed);

/**
 * A process that goes on in a recording of 44.1 kHz begins up to half a sample of 16 kHz beside the one before it, which alone costs up
 * to 0.03 here, depending on where the first one was killed. A frame that is lost or doubled leaves less than half of the likeness.
 */
const MIN_LIKENESS = 0.95;

/**
 * Decodes with a signal to the decoder process after that many samples. Two thirds of the bytes come before and the rest after
 * it, so that there is always a living process to send it to.
 */
async function decodeWithSignal(bytes: Buffer, after: number, signal: NodeJS.Signals): Promise<Int16Array> {
  // Only a process that hangs has to be noticed by the clock.
  const limits = { ...DEFAULT_DECODER_LIMITS, ...(signal === 'SIGSTOP' && { stallMs: 2_000 }) };
  const decoder = createAudioDecoder({ codec: 'auto' }, { ffmpegPath, limits });
  let goOn = (): void => undefined;
  const signalled = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const middle = Math.floor((bytes.length * 2) / 3);
  const chunks = (async function* () {
    yield* randomCuts(bytes.subarray(0, middle), random);
    await signalled;
    yield* randomCuts(bytes.subarray(middle), random);
  })();
  const blocks: Int16Array[] = [];
  let count = 0;
  for await (const block of decoder.decode(chunks)) {
    blocks.push(block);
    count += block.length;
    if (count < after) continue;
    after = Infinity;
    const [pid] = childProcesses();
    process.kill(pid!, signal);
    goOn();
  }
  return joined(blocks);
}

describeWithFfmpeg(FfmpegSegment.name, () => {
  afterEach(noChildProcesses);

  describe.each(RECORDINGS)('given %s', (name) => {
    const bytes = recording(name);

    it('makes what ffmpeg makes of the whole file', async () => {
      expectAlike(await decodeAll([bytes]), ffmpegFilePcm(recordingPath(name)), FRAME_SAMPLES, MIN_LIKENESS);
    });

    it(`makes the same samples however the bytes were cut (seed ${seed})`, async () => {
      const whole = fingerprint(await decodeAll([bytes]));

      for (let round = 0; round < ROUNDS; round++)
        expect(fingerprint(await decodeAll(randomCuts(bytes, random)))).toBe(whole);
    });

    it('plays a second recording of the session behind the first', async () => {
      const second = recording('ko-hello.ogg');

      const samples = await decodeAll(randomCuts(Buffer.concat([bytes, second]), random));

      const [one, two] = await Promise.all([decodeAll([bytes]), decodeAll([second])]);
      expect(fingerprint(samples.subarray(-two.length))).toBe(fingerprint(two));
      expectAlike(samples.subarray(0, -two.length), one, FRAME_SAMPLES, MIN_LIKENESS);
    });
  });

  it('takes bytes one by one', async () => {
    const bytes = recording('ko-hello.fragmented.mp4').subarray(0, 4_100);

    expect(fingerprint(await decodeAll(evenCuts(bytes, 1)))).toBe(fingerprint(await decodeAll([bytes])));
  });

  it('starts a recorder of MP4 over in one session', async () => {
    const bytes = recording('ko-hello.fragmented.mp4');

    const samples = await decodeAll(randomCuts(Buffer.concat([bytes, bytes, bytes]), random));

    expect(samples).toHaveLength(3 * (await decodeAll([bytes])).length);
  });

  it.each(['ko-hello.fragmented.mp4', 'ko-hello.aac', 'ko-hello.mp3'])(
    'gives the audio of %s while the next chunk is awaited',
    async (name) => {
      const bytes = recording(name);
      let release = (): void => undefined;
      const chunks = (async function* () {
        yield bytes.subarray(0, bytes.length / 2);
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      })();
      let samples = 0;

      for await (const block of createAudioDecoder({ codec: 'auto' }, { ffmpegPath }).decode(chunks)) {
        samples += block.length;
        if (samples > 16_000) release();
      }

      expect(samples).toBeGreaterThan(16_000);
    },
  );

  it.each([
    'ko-hello.chromium.mp4',
    'ko-hello.fragmented.mp4',
    'ko-hello.aac',
    'ko-hello.mp3',
    'ko-hello.flac',
  ])(`loses and doubles nothing of %s when its ffmpeg is killed (seed ${seed})`, async (name) => {
    const bytes = recording(name);
    const whole = await decodeAll([bytes]);

    for (let round = 0; round < ROUNDS; round++)
      expectAlike(
        await decodeWithSignal(bytes, Math.ceil(6_000 * random()), 'SIGKILL'),
        whole,
        FRAME_SAMPLES,
        MIN_LIKENESS,
      );
  });

  it('reads a file again when its ffmpeg is killed', async () => {
    const bytes = recording('ko-hello.m4a');
    const whole = await decodeAll([bytes]);
    const blocks: Int16Array[] = [];

    for await (const block of createAudioDecoder({ codec: 'auto' }, { ffmpegPath }).decode(
      oneByOne([bytes]),
    )) {
      if (blocks.length === 0) for (const pid of childProcesses()) process.kill(pid, 'SIGKILL');
      blocks.push(block);
    }

    expectAlike(joined(blocks), whole, FRAME_SAMPLES, MIN_LIKENESS);
  });

  it('leaves no temporary file behind', async () => {
    const bytes = recording('ko-hello.m4a');
    const folder = mkdtempSync(join(tmpdir(), 'spool-'));
    const usual = process.env['TMPDIR'];
    process.env['TMPDIR'] = folder;

    await decodeAll([bytes]);
    await decodeAll([bytes.subarray(0, 9_000)]).catch(() => undefined);

    if (usual === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = usual;
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  it('replaces an ffmpeg that hangs', async () => {
    const bytes = recording('ko-hello.fragmented.mp4');

    expectAlike(
      await decodeWithSignal(bytes, 6_000, 'SIGSTOP'),
      await decodeAll([bytes]),
      FRAME_SAMPLES,
      MIN_LIKENESS,
    );
  });

  it('ends its process when the reader leaves', async () => {
    const chunks = oneByOne(evenCuts(recording('ko-hello.mp3'), 1_000));

    for await (const _ of createAudioDecoder({ codec: 'auto' }, { ffmpegPath }).decode(chunks)) break;

    await noChildProcesses();
    expect(childProcesses()).toEqual([]);
  });

  it('lets the reader leave while a chunk is awaited that never comes', async () => {
    const chunks = (async function* () {
      yield recording('ko-hello.aac');
      await new Promise<never>(() => undefined);
    })();
    let blocks = 0;

    for await (const _ of createAudioDecoder({ codec: 'auto' }, { ffmpegPath }).decode(chunks)) {
      blocks++;
      await new Promise(setImmediate);
      if (blocks === 2) break;
    }

    expect(blocks).toBe(2);
  });

  it('ends its process when it is freed while a chunk is awaited', async () => {
    const sut = createAudioDecoder({ codec: 'auto' }, { ffmpegPath });
    let release = (): void => undefined;
    const chunks = (async function* () {
      yield recording('ko-hello.aac');
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    })();

    for await (const _ of sut.decode(chunks)) {
      sut.free();
      release();
    }

    await noChildProcesses();
    expect(childProcesses()).toEqual([]);
  });

  it.each([
    ['MP4 that is cut off within its index', recording('ko-hello.fragmented.mp4').subarray(0, 300)],
    ['MP4 whose index never comes', recording('ko-hello.m4a').subarray(0, 9_000)],
    [
      'MP4 with rubbish for an index',
      Buffer.concat([recording('ko-hello.m4a').subarray(0, 28), rubbishIndex()]),
    ],
    [
      'MP4 with a box of an impossible size',
      Buffer.from('0000001c6674797069736f6d00000200000000036d6f6f76', 'hex'),
    ],
    [
      'MP4 that begins with 4 GB of nothing',
      Buffer.from('00000014667479706d703432000000006d703432fffffff066726565', 'hex'),
    ],
    [
      'MP4 without its initialisation segment',
      Buffer.concat([recording('ko-hello.m4a').subarray(0, 28), fragment()]),
    ],
    ['FLAC without audio', recording('ko-hello.flac').subarray(0, 60)],
  ])('calls %s damaged', async (_, bytes) => {
    const rest = Array.from({ length: 40 }, () => Buffer.alloc(4_096, 0x11));

    await expect(decodeAll(bytes.length > 40 ? [bytes] : [bytes, ...rest])).rejects.toThrow(
      DecodeFailedError,
    );
  });

  it('refuses to spool more than it may', async () => {
    const limits = { ...DEFAULT_DECODER_LIMITS, maxSpooledBytes: 10_000 };
    const sut = createAudioDecoder({ codec: 'mp4' }, { ffmpegPath, limits });

    await expect(collect(sut, [recording('ko-hello.m4a')])).rejects.toThrow(/too long/);
  });

  it('asks for the beginning of an MP4 that starts with a fragment', async () => {
    await expect(decodeAll([fragment()])).rejects.toThrow(/without its header/);
  });

  it.each(['mp3', 'aac'] as const)(
    'takes %s that is already running, when it was declared',
    async (codec) => {
      const bytes = recording(`ko-hello.${codec}`).subarray(3_000);

      const samples = await decodeAll([bytes], { codec });

      expect(samples.length).toBeGreaterThan(30_000);
      expect(fingerprint(await decodeAll(evenCuts(bytes, 7), { codec }))).toBe(fingerprint(samples));
    },
  );

  it('begins a long FLAC again near the place where its ffmpeg was killed', async () => {
    const speech = sampleWav('conversation-30s').subarray(44);
    const bytes = ffmpeg(
      Buffer.concat([speech, speech, speech]),
      '-ar 48000 -c:a flac -f flac'.split(' '),
      '-f s16le -ar 16000 -ac 1'.split(' '),
    );
    const whole = await decodeAll([bytes]);

    expect(bytes.length).toBeGreaterThan(1_500_000);
    expectAlike(await decodeWithSignal(bytes, 16_000 * 50, 'SIGKILL'), whole, FRAME_SAMPLES, MIN_LIKENESS);
  });

  it.each(['ko-hello.aac', 'ko-hello.m4a', 'rare.wav'])(
    'refuses %s while all places for ffmpeg are taken, and starts no process for it',
    async (name) => {
      const bytes = name === 'rare.wav' ? telephoneWav() : recording(name);
      const concurrency = new TenantConcurrencyLimit(1, 'ffmpeg', ONE_TENANT);
      const options = { ffmpegPath, ffmpegConcurrency: concurrency.of('local') };
      const held = createAudioDecoder({ codec: 'auto' }, options).decode(
        oneByOne([recording('ko-hello.mp3')]),
      );
      const audio = held[Symbol.asyncIterator]();
      await audio.next();

      await expect(collect(createAudioDecoder({ codec: 'auto' }, options), [bytes])).rejects.toMatchObject({
        code: 'overloaded',
        retryable: true,
        retryAfterMs: expect.any(Number),
      });
      expect(childProcesses()).toHaveLength(1);
      const own = createAudioDecoder({ codec: 'auto' }, options);
      expect((await collect(own, [recording('ko-hello.ogg')])).length).toBeGreaterThan(0);

      await audio.return?.();
      const free = createAudioDecoder({ codec: 'auto' }, options);
      expect((await collect(free, [bytes])).length).toBeGreaterThan(0);
      expect(concurrency.taken).toBe(0);
    },
  );

  it('says what it can decode when there is no ffmpeg', async () => {
    const sut = createAudioDecoder({ codec: 'auto' }, { ffmpegPath: undefined });

    await expect(collect(sut, [recording('ko-hello.mp3')])).rejects.toThrow(UnsupportedAudioError);
  });
});

function telephoneWav(): Buffer {
  return ffmpeg(sampleWav('hello-world'), '-c:a pcm_mulaw -ar 8000 -f wav'.split(' '));
}

function rubbishIndex(): Buffer {
  const box = Buffer.alloc(500, 0x11);
  box.writeUInt32BE(500, 0);
  box.write('moov', 4, 'latin1');
  return box;
}

function fragment(): Buffer {
  return recording('ko-hello.fragmented.mp4').subarray(28 + 664, 28 + 664 + 196 + 3_208);
}
