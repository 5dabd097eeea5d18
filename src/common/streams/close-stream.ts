/**
 * Ends a stream that was begun and will not be read to its end, so that what it holds is given back. Not awaited: a source that hangs
 * cannot be closed; its signal ends it. A generator that was never entered holds nothing and runs nothing.
 */
export function closeStream(source: AsyncIterable<unknown>): void {
  void source[Symbol.asyncIterator]()
    .return?.()
    .catch(() => undefined);
}
