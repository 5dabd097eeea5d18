/**
 * Waits for the first item of a stream and gives a stream that still begins with it. Failures up to then reject here, where
 * they can still become a status; an empty stream gives an empty stream.
 */
export async function peekFirst<T>(source: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  return resume(first, iterator);
}

/** Not a generator: one that was never entered would not close its source when it is left. */
function resume<T>(first: IteratorResult<T>, iterator: AsyncIterator<T>): AsyncIterableIterator<T> {
  let isAtFirst = true;
  return {
    next: () => {
      if (!isAtFirst) return iterator.next();
      isAtFirst = false;
      return Promise.resolve(first);
    },
    return: async () => {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
