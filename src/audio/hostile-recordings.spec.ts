import { describe, expect, it } from '@jest/globals';
import { collect } from '../../test/support/audio/decode-all.js';
import { HOSTILE, TOKENS } from '../../test/support/audio/hostile.js';
import { evenCuts, randomCuts } from '../../test/support/audio/random-cuts.js';
import { seededRandom } from '../../test/support/random.js';
import { ParleyError } from '../common/errors/parley-error.js';
import { createAudioDecoder } from './create-audio-decoder.js';
import { DEFAULT_DECODER_LIMITS } from './decoder-limits.js';
import { Workload, type WorkKind } from './workload.js';

/** What each byte of a stranger's may cost, and what a session may cost besides. */
const MOST_PER_BYTE: Record<WorkKind, number> = {
  // 32 for each of two bytes that may begin a header, and the links of a chain of the smallest frames.
  bytes: 120,
  decoders: 0,
  // 120 ms in two bytes and their length.
  samples: 700,
  // Four output samples for each byte of 4 kHz, by 64 coefficients.
  taps: 300,
};
const MOST_BESIDES: Record<WorkKind, number> = {
  bytes: 500_000,
  decoders: 1,
  samples: 60_000,
  taps: 200_000,
};
const KINDS = Object.keys(MOST_PER_BYTE) as WorkKind[];
const BYTES = 150_000;
const FUZZED_SESSIONS = 25;
const FUZZED_TOKENS = 120;

async function outcomeOf(chunks: Iterable<Uint8Array>, work = new Workload()): Promise<string> {
  try {
    return `decoded ${(await collect(createAudioDecoder({ codec: 'auto' }, { work }), chunks)).length}`;
  } catch (error) {
    if (error instanceof ParleyError) return error.code;
    throw error;
  }
}

function expectLittle(work: Workload, bytes: number): void {
  const tooMuch = KINDS.filter((kind) => work.of(kind) > MOST_BESIDES[kind] + MOST_PER_BYTE[kind] * bytes);
  expect(tooMuch.map((kind) => `${work.of(kind)} ${kind} for ${bytes} bytes`)).toEqual([]);
}

describe('the work of a session', () => {
  it.each(HOSTILE)('grows with its bytes and no faster, given %s', async (_, make) => {
    const bytes = make(BYTES);
    const work = new Workload();

    expect(await outcomeOf([bytes], work)).toMatch(/^(decoded|decode_failed|unsupported_audio)/);

    expectLittle(work, bytes.length);
  });

  it.each(HOSTILE)('is as little when the bytes come one by one, given %s', async (_, make) => {
    const bytes = make(5_000);
    const work = new Workload();

    expect(await outcomeOf(evenCuts(bytes, 1), work)).toBe(await outcomeOf([bytes]));

    expectLittle(work, bytes.length);
  });

  it('makes one Opus decoder for any number of recordings', async () => {
    const [, make] = HOSTILE.find(([name]) => name === 'headers of WebM and Ogg in turn')!;
    const limits = { ...DEFAULT_DECODER_LIMITS, maxRecordings: 1_000 };
    const work = new Workload();

    await collect(createAudioDecoder({ codec: 'auto' }, { work, limits }), [make(100_000)]).catch(
      () => undefined,
    );

    expect(work.of('decoders')).toBe(1);
  });

  it('is a typed end for a session of nothing but headers, after as many as are allowed', async () => {
    const [, make] = HOSTILE.find(([name]) => name === 'headers of WebM')!;
    const head = make(1);
    const recordings = (count: number): Promise<string> =>
      outcomeOf(Array.from({ length: count }, () => head));

    expect(await recordings(DEFAULT_DECODER_LIMITS.maxRecordings)).toBe('decoded 0');
    expect(await recordings(DEFAULT_DECODER_LIMITS.maxRecordings + 1)).toBe('decode_failed');
  });

  it('is done in turns with that of others', async () => {
    const [, make] = HOSTILE.find(([name]) => name === 'dense Opus in WebM')!;
    const bytes = make(20 * 4_000);
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns++;
      if (!isOver) setImmediate(count);
    };

    setImmediate(count);
    await outcomeOf([bytes]);
    isOver = true;

    // One slice of bytes, but 5 ms of work are a turn.
    expect(turns).toBeGreaterThan(8);
  });

  it.each([1, 2, 3])(
    'grows with its bytes and no faster, given random pieces of all of that (seed %d)',
    async (seed) => {
      const random = seededRandom(seed);
      const below = (limit: number): number => Math.floor(random() * limit);
      for (let session = 0; session < FUZZED_SESSIONS; session++) {
        const few = Array.from({ length: 1 + below(6) }, () => TOKENS[below(TOKENS.length)]!);
        const bytes = Buffer.concat(
          Array.from({ length: FUZZED_TOKENS }, () =>
            below(20) === 0
              ? Buffer.from(Array.from({ length: below(9) }, () => below(256)))
              : few[below(few.length)]!,
          ),
        );
        const work = new Workload();

        const whole = await outcomeOf([bytes], work);

        expect(await outcomeOf(randomCuts(bytes, random))).toBe(whole);
        expectLittle(work, bytes.length);
      }
    },
  );
});
