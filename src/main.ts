import 'reflect-metadata';
import { announce } from './announce.js';
import { createApp } from './bootstrap.js';
import { AppConfig } from './config/app-config.js';
import { ConfigError, loadEnv } from './config/load-env.js';
import { fromProject } from './config/project-paths.js';

try {
  const config = new AppConfig(loadEnv(fromProject('.env')));
  const app = await createApp(config);
  // Pino writes through a worker thread, which is flushed by process.exit() but not by a signal.
  app.enableShutdownHooks([], { useProcessExit: true });
  await app.listen(config.server.port, config.server.host);
  await announce(app, config);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 78; // EX_CONFIG of sysexits.h
}
