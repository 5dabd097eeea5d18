import { setTimeout as sleep } from 'node:timers/promises';

/** Gives the chunks when a recorder would give them: each after the time that it covers. */
export async function* atRecorderPace(
  chunks: readonly Uint8Array[],
  chunkMs: number,
): AsyncGenerator<Uint8Array> {
  const startedAt = performance.now();
  for (const [index, chunk] of chunks.entries()) {
    await sleep(startedAt + (index + 1) * chunkMs - performance.now());
    yield chunk;
  }
}
