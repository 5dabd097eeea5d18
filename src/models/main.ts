import { ConfigError, readVariables } from '../config/load-env.js';
import { fromProject } from '../config/project-paths.js';
import { readSlices } from '../config/read-slices.js';
import { DEFAULT_MODEL } from './catalogue.js';
import { readChoice } from './chosen-model.js';
import { HttpClient } from './http-client.js';
import { ModelStore } from './model-store.js';
import { modelsConfig } from './models.config.js';
import { ProgressBar } from './progress-bar.js';
import { runModels } from './run-models.js';

/** Entry point of `npm run models`. */
try {
  const variables = readVariables(fromProject('.env'));
  const { models } = readSlices([modelsConfig], variables);
  const http = new HttpClient();
  const store = new ModelStore({ modelsDir: models.dir, mirror: models.mirror }, http);
  process.exitCode = await runModels(process.argv.slice(2), {
    store,
    terminal: { line: (text) => console.log(text), bar: new ProgressBar(process.stderr) },
    variable: variables.WHISPER_MODEL,
    inUse: [variables.WHISPER_MODEL ?? (await readChoice(models.dir)).model ?? DEFAULT_MODEL],
  });
  await http.close();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 78; // EX_CONFIG of sysexits.h
}
