/**
 * Waits for the first item of a stream and gives a stream that still begins with it. Failures up to then reject here, where
 * they can still become a status; an empty stream gives an empty stream.
 */
export async function peekFirst<T>(source: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  return resume(first, iterator);
}

async function* resume<T>(first: IteratorResult<T>, iterator: AsyncIterator<T>): AsyncGenerator<T> {
  let next = first;
  try {
    while (!next.done) {
      yield next.value;
      next = await iterator.next();
    }
  } finally {
    if (!next.done) await iterator.return?.();
  }
}
