import type { FakeOpenAiChat } from './fake-openai-chat.js';
import { startApp, type RunningApp } from './start-app.js';

/** Starts a gateway whose chat asks this provider, once for every answer. */
export function startChat(
  upstream: FakeOpenAiChat,
  overrides: Record<string, string> = {},
): Promise<RunningApp> {
  return startApp({
    FEATURES: 'chat',
    CHAT_BASE_URL: upstream.url,
    OPENAI_MAX_RETRIES: '0',
    // What a test leaves open is not waited for.
    SHUTDOWN_GRACE_MS: '1000',
    ...overrides,
  });
}
