import { pino } from 'pino';
import { answerPings } from '../common/processes/child-pulse.js';
import { AppConfig } from '../config/app-config.js';
import { ConfigError, loadEnv } from '../config/load-env.js';
import { fromProject } from '../config/project-paths.js';
import { loggerOptions } from '../logging/logger-options.js';
import type { WorkerChildMessage } from '../whisper-protocol/child-messages.js';
import { installLastResort } from './last-resort.js';
import { startWorker } from './worker.js';

// From the first moment on: whoever started this process ends it when it does not answer.
if (process.send) answerPings();
try {
  const config = new AppConfig(loadEnv(fromProject('.env')));
  const logger = pino(loggerOptions(config.server));
  installLastResort(logger);
  const worker = await startWorker(config, logger);
  let isClosing = false;
  const shutDown = (): void => {
    if (isClosing) return;
    isClosing = true;
    void worker.close().finally(() => process.exit(0));
  };
  process.once('SIGTERM', shutDown);
  process.once('SIGINT', shutDown);
  // The process that started this one is gone: nobody is left to serve.
  process.once('disconnect', shutDown);
  if (process.send) process.send({ type: 'listening', port: worker.port } satisfies WorkerChildMessage);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exit(error.exitCode);
}
