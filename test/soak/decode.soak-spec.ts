import { describe, expect, it } from '@jest/globals';
import { createAudioDecoder } from '../../src/audio/create-audio-decoder.js';
import { ParleyError } from '../../src/common/errors/parley-error.js';
import { damaged } from '../support/audio/damage.js';
import { collect, decodeAll } from '../support/audio/decode-all.js';
import { describeWithFfmpeg, ffmpegPath, itWithFfmpeg } from '../support/audio/ffmpeg.js';
import { fingerprint } from '../support/audio/fingerprint.js';
import { recording, sampleWav } from '../support/audio/fixtures.js';
import { KINDS, lostBehind } from '../support/audio/kinds-of-recordings.js';
import { opusPackets } from '../support/audio/opus-packets.js';
import { randomCuts } from '../support/audio/random-cuts.js';
import { seededRandom, soakSeed } from '../support/random.js';
import { CHROMIUM_LAYOUT, cluster, webmHeader } from '../support/audio/webm-writer.js';

const seed = soakSeed();
const random = seededRandom(seed);
const TEN_MINUTES_MS = 600_000;
const DAMAGED_RECORDINGS = 5_000;
const DAMAGED_FOR_FFMPEG = 300;
const SESSIONS = 2_000;
const CONCURRENT = 20;
const HOURS = 4;
/** Room for what a garbage collector has not got to yet. */
const NOISE_BYTES = 40_000_000;

const IN_PROCESS = [
  ...['three-sentences.chromium.webm', 'ko-hello.live.webm', 'ko-hello.ogg'].map(recording),
  sampleWav('hello-world').subarray(0, 9_000),
];
const BY_FFMPEG = [
  'ko-hello.fragmented.mp4',
  'ko-hello.m4a',
  'ko-hello.aac',
  'ko-hello.mp3',
  'ko-hello.flac',
].map(recording);

/** Samples, or the code of the error. What is no error of ours is thrown. */
async function outcomeOf(chunks: Iterable<Uint8Array>, ffmpegPath?: string): Promise<string> {
  const decoder = createAudioDecoder({ codec: 'auto' }, { ffmpegPath });
  try {
    return `decoded ${fingerprint(await collect(decoder, chunks))}`;
  } catch (error) {
    if (error instanceof ParleyError) return error.code;
    throw error;
  }
}

describe('decoding', () => {
  it(
    `ends ${DAMAGED_RECORDINGS} damaged recordings with audio or a clear error, the same for all cuts (seed ${seed})`,
    async () => {
      for (let round = 0; round < DAMAGED_RECORDINGS; round++) {
        const bytes = damaged(IN_PROCESS[round % IN_PROCESS.length]!, random);
        expect(await outcomeOf(randomCuts(bytes, random))).toBe(await outcomeOf([bytes]));
      }
    },
    TEN_MINUTES_MS,
  );

  itWithFfmpeg(
    `ends ${DAMAGED_FOR_FFMPEG} damaged recordings for ffmpeg with audio or a clear error (seed ${seed})`,
    async () => {
      for (let round = 0; round < DAMAGED_FOR_FFMPEG; round++) {
        const bytes = damaged(BY_FFMPEG[round % BY_FFMPEG.length]!, random);
        expect(await outcomeOf(randomCuts(bytes, random), ffmpegPath)).toMatch(
          /^(decoded|decode_failed|unsupported_audio)/,
        );
      }
    },
    TEN_MINUTES_MS,
  );

  it(
    `keeps nothing of ${SESSIONS} sessions`,
    async () => {
      const bytes = recording('three-sentences.chromium.webm').subarray(0, 5_000);
      const round = (): Promise<unknown> =>
        Promise.all(Array.from({ length: CONCURRENT }, () => decodeAll(randomCuts(bytes, random))));
      for (let count = 0; count < 10; count++) await round();
      const before = process.memoryUsage().rss;

      for (let count = 0; count < SESSIONS / CONCURRENT; count++) await round();

      expect(process.memoryUsage().rss - before).toBeLessThan(NOISE_BYTES);
    },
    TEN_MINUTES_MS,
  );

  it(
    `keeps nothing of a session of ${HOURS} hours`,
    async () => {
      const { head, packets } = opusPackets('three-sentences.chromium.webm');
      const chunk = cluster(packets, CHROMIUM_LAYOUT);
      const chunks = (async function* () {
        yield webmHeader(head);
        for (let seconds = 0; seconds < HOURS * 3_600; seconds += packets.length * 0.06) yield chunk;
      })();
      let samples = 0;
      let before = 0;

      for await (const block of createAudioDecoder({ codec: 'auto' }).decode(chunks)) {
        samples += block.length;
        if (before === 0 && samples > 600 * 16_000) before = process.memoryUsage().rss;
      }

      expect(samples / 16_000).toBeGreaterThanOrEqual(HOURS * 3_600);
      expect(process.memoryUsage().rss - before).toBeLessThan(NOISE_BYTES);
    },
    TEN_MINUTES_MS,
  );
});

describeWithFfmpeg('a second recording of a session', () => {
  it.each(KINDS)(
    'is heard behind %s, whatever it is',
    async (_, first) => {
      expect(await lostBehind(first, KINDS)).toEqual([]);
    },
    TEN_MINUTES_MS,
  );
});
