import { samplesToMs } from '../../common/audio/pcm.js';
import type { Engine, RecogniserKey } from '../engine.js';

/**
 * Two seconds of faint noise, as long as a short sentence: it costs as much as speech, where silence may be answered without
 * decoding, and where every decode costs the same, short ones are the dear ones.
 */
const CLIP = Float32Array.from(
  { length: 32_000 },
  (_, index) => (((index * 7_919) % 211) / 211 - 0.5) * 0.002,
);
/** First decodes are slow: they do not count. */
const WARM_UPS = 1;
const ROUNDS = 2;

/**
 * Lane time that one who speaks without a pause costs per time of audio, measured by decoding on every lane at once. Of several
 * rounds the fastest counts: while a machine starts up it is busy with other things.
 */
export async function speakingCost(
  engine: Engine,
  lanes: number,
  key: RecogniserKey,
  signal: AbortSignal,
): Promise<number> {
  const decodeAlone = async (): Promise<number> => {
    const startedAt = performance.now();
    await engine.decode({ ...key, samples: CLIP, isOptional: true }, signal);
    return performance.now() - startedAt;
  };
  let fastestMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < WARM_UPS + ROUNDS; round += 1) {
    const tookMs = await Promise.all(Array.from({ length: lanes }, decodeAlone));
    const meanMs = tookMs.reduce((sum, each) => sum + each, 0) / lanes;
    if (round >= WARM_UPS) fastestMs = Math.min(fastestMs, meanMs);
  }
  return fastestMs / samplesToMs(CLIP.length);
}
