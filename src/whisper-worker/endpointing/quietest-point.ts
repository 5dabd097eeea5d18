/** Loudness (mean square) of a short stretch of audio that is centred at `position`. */
export interface Level {
  position: number;
  power: number;
}

/** Samples of one level: 8 ms at 16 kHz, short enough to find the gap between two words. */
export const LEVEL_SAMPLES = 128;

/** Neighbours on each side that must be quiet as well: a gap of 24 ms. */
const GAP_REACH = 1;
/** Neighbours on each side whose mean counts: of two gaps the one in the longer pause wins. */
const PAUSE_REACH = 12;

/** Where speech is best cut: the quietest gap behind `from`, the latest of equals. */
export function quietestPoint(levels: readonly Level[], from: number): number | undefined {
  let best: { position: number; score: number } | undefined;
  for (let i = GAP_REACH; i < levels.length - GAP_REACH; i += 1) {
    const { position } = levels[i]!;
    if (position < from) continue;
    const score = loudest(levels, i) + mean(levels, i);
    if (!best || score <= best.score) best = { position, score };
  }
  return best?.position;
}

function loudest(levels: readonly Level[], at: number): number {
  let power = 0;
  for (let i = at - GAP_REACH; i <= at + GAP_REACH; i += 1) power = Math.max(power, levels[i]!.power);
  return power;
}

function mean(levels: readonly Level[], at: number): number {
  const first = Math.max(0, at - PAUSE_REACH);
  const last = Math.min(levels.length - 1, at + PAUSE_REACH);
  let sum = 0;
  for (let i = first; i <= last; i += 1) sum += levels[i]!.power;
  return sum / (last - first + 1);
}

/** Levels of consecutive stretches of `samples`, which begin at `start`. */
export function levelsOf(samples: Float32Array, start: number): Level[] {
  const levels: Level[] = [];
  for (let offset = 0; offset < samples.length; offset += LEVEL_SAMPLES) {
    const end = Math.min(offset + LEVEL_SAMPLES, samples.length);
    let sum = 0;
    for (let i = offset; i < end; i += 1) sum += samples[i]! * samples[i]!;
    levels.push({ position: start + ((offset + end) >> 1), power: sum / (end - offset) });
  }
  return levels;
}
