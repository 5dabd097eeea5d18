/**
 * Waits for the first item of a stream and gives a stream that still begins with it. Failures up to then reject here, where
 * they can still become a status; an empty stream gives an empty stream.
 */
export function peekFirst<T>(source: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  return peekUntil(source, () => true);
}

/**
 * As `peekFirst`, but waits until what has come is enough.
 * @param isEnough is given all that has come, and whether that is all there is
 */
export async function peekUntil<T>(
  source: AsyncIterable<T>,
  isEnough: (items: readonly T[], hasEnded: boolean) => boolean,
): Promise<AsyncIterable<T>> {
  const iterator = source[Symbol.asyncIterator]();
  const peeked: IteratorResult<T>[] = [];
  const items: T[] = [];
  for (;;) {
    const next = await iterator.next();
    peeked.push(next);
    if (!next.done) items.push(next.value);
    try {
      if (isEnough(items, next.done === true) || next.done) return resume(peeked, iterator);
    } catch (error) {
      // Whoever judged it will not read it.
      void iterator.return?.()?.catch(() => undefined);
      throw error;
    }
  }
}

/** Not a generator: one that was never entered would not close its source when it is left. */
function resume<T>(peeked: IteratorResult<T>[], iterator: AsyncIterator<T>): AsyncIterableIterator<T> {
  return {
    next: () => {
      const first = peeked.shift();
      return first === undefined ? iterator.next() : Promise.resolve(first);
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
