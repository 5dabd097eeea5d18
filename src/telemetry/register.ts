/**
 * Exports spans and metrics over OTLP: `node --import ./dist/telemetry/register.js dist/main.js`, for gateway and worker alike. What is
 * exported, and where to, say OpenTelemetry's own variables (docs/telemetry.md). Nothing imports this file.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { setExporter } from '../common/tracing/loaded-exporter.js';
import { adoptVariables, ConfigError, readVariables } from '../config/load-env.js';
import { fromProject } from '../config/project-paths.js';
import { readSlices } from '../config/read-slices.js';
import { telemetryConfig } from './telemetry.config.js';

const dist = join(fileURLToPath(import.meta.url), '..', '..');

/** The programs that have something to export. Others that are started with the same options stay as they are. */
const SERVICES: Record<string, string> = {
  [join(dist, 'main')]: 'parley',
  [join(dist, 'whisper-worker', 'main')]: 'parley-whisper-worker',
};

const service = SERVICES[process.argv[1]?.replace(/\.js$/, '') ?? ''];

// Threads, as that of the log, are started with the options of their process.
if (isMainThread && service !== undefined) await register(service);

async function register(usualName: string): Promise<void> {
  try {
    // The exporters read their variables by themselves.
    const ours = adoptVariables(fromProject('.env'), 'OTEL_');
    const { telemetry: config } = readSlices([telemetryConfig], readVariables(fromProject('.env')));
    if (!config.traces && !config.metrics) return;
    const { startTelemetry } = await import('./start-telemetry.js');
    const { serviceName, flushMs } = config;
    setExporter({
      ...(await startTelemetry(config, usualName)),
      execArgv: ['--import', import.meta.url],
      environment: {
        ...ours,
        // The one child that exports is the worker, which is a service of its own.
        ...(serviceName !== undefined && { OTEL_SERVICE_NAME: `${serviceName}-whisper-worker` }),
        TELEMETRY_FLUSH_MS: String(flushMs),
      },
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(error.exitCode);
  }
}
