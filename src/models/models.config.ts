import { configSlice, type EnvOf } from '../config/config-slice.js';
import { httpUrl, text } from '../config/env-variables.js';
import { fromProject } from '../config/project-paths.js';

const variables = {
  MODELS_DIR: text('models', 'folder of named models; a relative path counts from the project'),
  MODELS_MIRROR: httpUrl('https://huggingface.co', 'where `npm run models -- pull` downloads from'),
} as const;

export type ModelsEnv = EnvOf<typeof variables>;

/** Where Whisper models lie and come from. */
export const modelsConfig = configSlice('models', 'Models', variables, (env: ModelsEnv) => ({
  dir: fromProject(env.MODELS_DIR),
  mirror: env.MODELS_MIRROR,
}));
