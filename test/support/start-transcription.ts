import { TranscriptionService } from '../../src/transcription/transcription.service.js';
import { startApp, type RunningApp } from './start-app.js';
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

export async function sessionsAreOver({ app }: RunningApp): Promise<void> {
  await waitFor(() => app.get(TranscriptionService).liveSessions === 0, 'all sessions to be over');
}

function addressesOf(workers: Parameters<typeof startTranscription>[0]): string {
  if ('port' in workers) return `ws://127.0.0.1:${workers.port}/ws`;
  return 'url' in workers ? workers.url : workers.map(({ url }) => url).join(',');
}
