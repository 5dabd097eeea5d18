import 'reflect-metadata';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { announce } from './announce.js';
import { createApp } from './bootstrap.js';
import { endOnSecondSignal } from './common/processes/second-signal.js';
import { listenFault } from './config/listen-fault.js';
import { ConfigError, readVariables } from './config/load-env.js';
import { nearNames } from './config/near-names.js';
import { fromProject } from './config/project-paths.js';
import { variablesOf } from './config/read-slices.js';
import { configurationOf, GATEWAY_SLICES, type Configuration } from './configuration.js';

try {
  const variables = readVariables(fromProject('.env'));
  const config = configurationOf(variables);
  const app = await createApp(config);
  // Pino writes through a worker thread, which is flushed by process.exit() but not by a signal.
  app.enableShutdownHooks([], { useProcessExit: true });
  endOnSecondSignal();
  await listen(app, config);
  await announce(app, config, nearNames(Object.keys(variables), Object.keys(variablesOf(GATEWAY_SLICES))));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}

async function listen(app: NestExpressApplication, { server: { host, port } }: Configuration): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    // The worker that was started with it must not outlive it.
    await app.close();
    throw listenFault(error, { host, port, hostVariable: 'HOST', portVariable: 'PORT' });
  }
}
