/**
 * Passes `source` through and fails when it stays silent longer than `idleMs`. The source is closed on every ending.
 * Time that the reader takes does not count: only the wait for the source is measured.
 */
export async function* withIdleTimeout<T>(
  source: AsyncIterable<T>,
  idleMs: number,
  onIdle: () => Error,
): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const next = await nextWithin(iterator, idleMs, onIdle);
      if (next.done) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } finally {
    // A generator that hangs cannot be closed, so its ending is not awaited; its signal ends it.
    if (!ended) void iterator.return?.()?.catch(() => undefined);
  }
}

async function nextWithin<T>(
  iterator: AsyncIterator<T>,
  idleMs: number,
  onIdle: () => Error,
): Promise<IteratorResult<T>> {
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(onIdle()), idleMs);
  });
  try {
    return await Promise.race([iterator.next(), idle]);
  } finally {
    clearTimeout(timer);
  }
}
