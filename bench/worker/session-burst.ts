import { setTimeout as sleep } from 'node:timers/promises';
import { WorkerClient } from '../../test/support/worker-client.js';

export interface BurstFigures {
  /** Until the last of the sessions could speak, ms. */
  readyMs: number;
  /** Longest time without a message to a session that was there before, ms. */
  silentMs: number;
}

/** Longer than the interval of acks, so that silence behind the burst is seen, too. */
const AFTER_MS = 1_000;

/** Opens many sessions at once beside one that is there, and watches that one. They come as if from a lost worker: none is refused. */
export async function sessionBurst(port: number, sessions: number): Promise<BurstFigures> {
  const live = await WorkerClient.open(port, { epoch: 1 });
  const clients = await Promise.all(Array.from({ length: sessions }, () => WorkerClient.connect(port)));
  const startedAt = performance.now();
  let heardAt = startedAt;
  let silentMs = 0;
  live.socket.on('message', () => {
    silentMs = Math.max(silentMs, performance.now() - heardAt);
    heardAt = performance.now();
  });
  for (const client of clients) client.hello({ epoch: 1 });
  await Promise.all(clients.map((client) => client.next('ready')));
  const readyMs = performance.now() - startedAt;
  await sleep(AFTER_MS);
  for (const client of [...clients, live]) client.terminate();
  await Promise.all([...clients, live].map(({ closed }) => closed));
  return { readyMs, silentMs };
}
