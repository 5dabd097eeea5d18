import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { TranscriptionService } from '../../src/transcription/transcription.service.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { startApp, type RunningApp } from './start-app.js';
import { startTestWorker } from './start-test-worker.js';
import { waitFor } from './wait-for.js';

/**
 * Starts a gateway that transcribes.
 * @param workers where its workers listen: addresses, or a worker of this process by its port
 */
export function startTranscription(
  workers: { port: number } | { url: string } | readonly { url: string }[],
  overrides: Record<string, string> = {},
): Promise<RunningApp> {
  return startApp({ FEATURES: 'transcription', WHISPER_WORKERS: addressesOf(workers), ...overrides });
}

/** The gateway of a spec, and the clients of the test that runs. */
export interface LiveTranscription<Client> extends Pick<RunningApp, 'url' | 'app'> {
  /** The client leaves when the test has ended. */
  add<C extends Client>(client: C): C;
}

/**
 * For all tests of a spec: a worker with the fake engine, and a gateway. After each test its clients leave, and its sessions are
 * over before the next one begins.
 */
export function useTranscription<Client extends { close(): void }>(
  workerOverrides: Record<string, string>,
  overrides: Record<string, string>,
  leave: (client: Client) => void | Promise<void> = (client) => client.close(),
): LiveTranscription<Client> {
  let worker: Worker;
  let running: RunningApp;
  const clients: Client[] = [];

  beforeAll(async () => {
    worker = await startTestWorker({ WHISPER_ENGINE: 'fake', ...workerOverrides });
    running = await startTranscription(worker, overrides);
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) await leave(client);
    await sessionsAreOver(running);
  });

  afterAll(async () => {
    await running.close();
    await worker.close();
  });

  return {
    get url() {
      return running.url;
    },
    get app() {
      return running.app;
    },
    add: (client) => {
      clients.push(client);
      return client;
    },
  };
}

export async function sessionsAreOver({ app }: Pick<RunningApp, 'app'>): Promise<void> {
  await waitFor(() => app.get(TranscriptionService).liveSessions === 0, 'all sessions to be over');
}

function addressesOf(workers: Parameters<typeof startTranscription>[0]): string {
  if ('port' in workers) return `ws://127.0.0.1:${workers.port}/ws`;
  return 'url' in workers ? workers.url : workers.map(({ url }) => url).join(',');
}
