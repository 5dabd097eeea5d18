import { ConfigError, readVariables } from '../config/load-env.js';
import { fromProject } from '../config/project-paths.js';
import { readSlices } from '../config/read-slices.js';
import { HttpClient } from './http-client.js';
import { ModelStore } from './model-store.js';
import { modelsConfig } from './models.config.js';
import { ProgressBar } from './progress-bar.js';
import { runModels } from './run-models.js';

const ATTEMPTS = 5;
const STALL_MS = 20_000;
const BACKOFF_MS = 500;
const HEARTBEAT_MS = 1_000;

/** Entry point of `npm run models`. */
try {
  const { models } = readSlices([modelsConfig], readVariables(fromProject('.env')));
  const bar = new ProgressBar(process.stderr);
  const http = new HttpClient();
  const store = new ModelStore(
    {
      modelsDir: models.dir,
      mirror: models.mirror,
      attempts: ATTEMPTS,
      stallMs: STALL_MS,
      backoffMs: BACKOFF_MS,
      heartbeatMs: HEARTBEAT_MS,
      onWait: (name) => console.log(`Another process is pulling ${name}. Waiting for it.`),
      onProgress: ({ name, sizeBytes }, receivedBytes) => bar.show(name, receivedBytes, sizeBytes),
    },
    http,
  );
  process.exitCode = await runModels(process.argv.slice(2), store, (line) => console.log(line));
  await http.close();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 78; // EX_CONFIG of sysexits.h
}
