/**
 * Closes a stream that will not be read to its end, so that it frees its resources. Not awaited, because a source that hangs cannot be
 * closed; its signal ends it. A generator that was never entered holds no resources and runs no code.
 */
export function closeStream(source: AsyncIterable<unknown>): void {
  void source[Symbol.asyncIterator]()
    .return?.()
    .catch(() => undefined);
}
