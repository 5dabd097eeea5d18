import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/**
 * Ends a response that has begun and must not look complete. What was written still leaves, and the missing end of its chunks, or of its
 * stated length, tells the cut. An answer without either, as over HTTP/1.0 (nginx asks so by default), ends with its connection, so
 * that one is reset.
 * @param isTold the content itself says that it is not complete, so that nothing has to be reset
 * @returns once the connection is closed
 */
export async function cutResponse(response: ServerResponse, isTold = false): Promise<void> {
  const { socket } = response;
  if (socket === null || socket.destroyed || response.writableFinished) {
    response.destroy();
    return;
  }
  const closed = once(socket, 'close');
  if (isTold || response.chunkedEncoding || response.hasHeader('Content-Length')) socket.destroySoon();
  else socket.resetAndDestroy();
  await closed;
}

/**
 * Resets the connection of a reader that takes nothing of what waits for it. Waiting for the source does not count: only bytes that were
 * written and do not leave.
 */
export function resetStalledReader(response: ServerResponse, stalledReaderMs: number): void {
  response.setTimeout(stalledReaderMs, () => {
    const { socket } = response;
    if (socket !== null && socket.writableLength > 0) socket.resetAndDestroy();
  });
}
