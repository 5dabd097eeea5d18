import { setTimeout as sleep } from 'node:timers/promises';
import { settlesWithin } from '../streams/settles-within.js';
import { lineOf, UnreadWatch, type Connection } from './unread-watch.js';

/** A peer that is there answers a close in one round trip. Who does not has left without a word. */
const ANSWER_MS = 1_000;
const LOOK_MS = 20;

/**
 * Closes a connection when its peer has taken all that was said to it, and the peer comes back from that by itself. A connection that is
 * cut instead takes with it what waits for the peer, and, when the peer is still sending, also what it has not read yet.
 */
export async function sayGoodbye(connection: Connection): Promise<void> {
  const unread = UnreadWatch.of(connection);
  while (connection.readyState === 'open' && unread.packets > 0) await sleep(LOOK_MS);
  const { transport } = connection;
  const line = transport.name === 'websocket' ? lineOf(transport) : undefined;
  const closed = new Promise<void>((resolve) => {
    if (line === undefined) connection.once('close', () => resolve());
    else if (line.readyState === line.CLOSED) resolve();
    else line.once('close', () => resolve());
  });
  connection.close();
  if (line !== undefined || connection.readyState !== 'closed') await settlesWithin(closed, ANSWER_MS);
}
