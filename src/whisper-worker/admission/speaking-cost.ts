import { samplesToMs } from '../../common/audio/pcm.js';
import type { Engine, RecogniserKey } from '../engine.js';
import type { LaneScheduler } from '../lanes/lane-scheduler.js';

/**
 * Two seconds of faint noise, the length of a short sentence. Silence could be answered without decoding. Short utterances cost the
 * most per second where every decode takes the same time.
 */
const CLIP = Float32Array.from(
  { length: 32_000 },
  (_, index) => (((index * 7_919) % 211) / 211 - 0.5) * 0.002,
);
/** The first decodes are slow and do not count. */
const WARM_UPS = 1;
const ROUNDS = 2;

/**
 * Lane time per time of audio of a speaker without pauses, measured by decoding on every lane at once, in turn with
 * the sessions that may run. The fastest of several rounds counts, because a machine that starts up is busy with other work.
 */
export async function speakingCost(
  engine: Engine,
  scheduler: LaneScheduler,
  key: RecogniserKey,
  signal: AbortSignal,
): Promise<number> {
  const { lanes } = scheduler;
  const decodeAlone = async (): Promise<number> => {
    const startedAt = performance.now();
    await engine.decode({ ...key, samples: CLIP, isOptional: true }, signal);
    return performance.now() - startedAt;
  };
  const job = { session: {}, samples: CLIP.length };
  let fastestMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < WARM_UPS + ROUNDS; round += 1) {
    const tookMs = await Promise.all(
      Array.from({ length: lanes }, () => scheduler.run(job, decodeAlone, signal)),
    );
    const meanMs = tookMs.reduce((sum, each) => sum + each, 0) / lanes;
    if (round >= WARM_UPS) fastestMs = Math.min(fastestMs, meanMs);
  }
  return fastestMs / samplesToMs(CLIP.length);
}
