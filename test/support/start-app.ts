import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from '../../src/bootstrap.js';
import { configurationOf } from '../../src/configuration.js';
import { SIXTY_WORDS } from './sixty-words.js';

export interface RunningApp {
  /** Base address without a trailing slash, e.g. `http://127.0.0.1:40123`. */
  url: string;
  app: NestExpressApplication;
  close(): Promise<void>;
}

/** What every e2e server has in common: a free port, no log output, nothing of this machine, nothing kept. */
const TEST_ENVIRONMENT = {
  NODE_ENV: 'test',
  PORT: '0',
  LOG_LEVEL: 'silent',
  LOG_FORMAT: 'json',
  TTS_CACHE_BYTES: '0',
  LEDGER_FILE: 'none',
  WHISPER_LANES: '2',
  WHISPER_MODEL: SIXTY_WORDS,
};

/**
 * Starts the gateway as `main.ts` does, on a free loopback port.
 * @param overrides environment variables; name `FEATURES` so that only the module under test is loaded
 */
export async function startApp(overrides: Record<string, string> = {}): Promise<RunningApp> {
  const config = configurationOf({ ...TEST_ENVIRONMENT, ...overrides });
  const app = await createApp(config);
  try {
    await app.listen(config.server.port, config.server.host);
  } catch (error) {
    await app.close();
    throw error;
  }
  const { port } = app.getHttpServer().address() as AddressInfo;
  const protocol = config.server.tls ? 'https' : 'http';
  return { url: `${protocol}://127.0.0.1:${port}`, app, close: () => app.close() };
}
