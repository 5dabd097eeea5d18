import type { FakeOpenAiSpeech } from './fake-openai-speech.js';
import { startApp, type RunningApp } from './start-app.js';

/** Starts a gateway whose speech comes from this provider, asked once for every synthesis. */
export function startSpeech(
  upstream: FakeOpenAiSpeech,
  overrides: Record<string, string> = {},
): Promise<RunningApp> {
  return startApp({
    FEATURES: 'tts',
    TTS_BASE_URL: upstream.baseUrl,
    OPENAI_MAX_RETRIES: '0',
    ...overrides,
  });
}
