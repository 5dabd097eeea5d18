import { pino } from 'pino';
import { answerPings } from '../common/processes/child-pulse.js';
import { endOnSecondSignal } from '../common/processes/second-signal.js';
import { loadedExporter } from '../common/tracing/loaded-exporter.js';
import { traceFields } from '../common/tracing/spans.js';
import { ConfigError, readVariables } from '../config/load-env.js';
import { fromProject } from '../config/project-paths.js';
import { readSlices } from '../config/read-slices.js';
import { loggerOptions } from '../logging/logger-options.js';
import { FailureReport } from '../telemetry/failure-report.js';
import type { WorkerChildMessage } from '../whisper-protocol/child-messages.js';
import { installLastResort } from './last-resort.js';
import { WORKER_SLICES } from './worker.config.js';
import { startWorker } from './worker.js';

// From the first moment on: the process that started this one ends it when it does not answer.
if (process.send) answerPings();
try {
  const config = readSlices(WORKER_SLICES, readVariables(fromProject('.env')));
  const logger = pino({ ...loggerOptions(config.logging), mixin: traceFields });
  const exporter = loadedExporter();
  const failures = new FailureReport((fields, message) => logger.warn(fields, message));
  exporter?.onFailure((cause) => failures.failed(cause));
  installLastResort(logger);
  const worker = await startWorker(config, logger);
  let isClosing = false;
  const shutDown = (): void => {
    if (isClosing) return;
    isClosing = true;
    void worker
      .close()
      .then(() => exporter?.close())
      .finally(() => process.exit(0));
  };
  process.on('SIGTERM', shutDown);
  // Ctrl+C reaches all processes of a terminal. A worker with a gateway is ended by it, after the sessions have had their last words.
  process.on('SIGINT', () => {
    if (!process.send) shutDown();
  });
  // The gateway that started this one is gone, and with it everybody who could be told a word.
  process.once('disconnect', () => process.exit(0));
  endOnSecondSignal(process.send ? ['SIGTERM'] : undefined);
  if (process.send) process.send({ type: 'listening', port: worker.port } satisfies WorkerChildMessage);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exit(error.exitCode);
}
