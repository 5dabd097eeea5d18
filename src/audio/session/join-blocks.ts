/**
 * Joins short blocks of samples into longer ones. What is there at the end of `blocks` is given at once: nothing waits for
 * later audio. A block that is too long already is passed on as it is.
 */
export async function* joinBlocks(
  blocks: AsyncIterable<Int16Array>,
  maxSamples: number,
): AsyncGenerator<Int16Array> {
  let held: Int16Array[] = [];
  let samples = 0;
  for await (const block of blocks) {
    if (samples > 0 && samples + block.length > maxSamples) {
      yield join(held, samples);
      held = [];
      samples = 0;
    }
    if (block.length > 0) held.push(block);
    samples += block.length;
  }
  if (samples > 0) yield join(held, samples);
}

function join(blocks: readonly Int16Array[], samples: number): Int16Array {
  if (blocks.length === 1) return blocks[0]!;
  const joined = new Int16Array(samples);
  let at = 0;
  for (const block of blocks) {
    joined.set(block, at);
    at += block.length;
  }
  return joined;
}
