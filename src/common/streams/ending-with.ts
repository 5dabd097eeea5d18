/** Passes `source` through and calls `end` when the iteration is over, however it ended. Not called if it never began. */
export async function* endingWith<T>(source: AsyncIterable<T>, end: () => void): AsyncGenerator<T> {
  try {
    yield* source;
  } finally {
    end();
  }
}
