import { readFileSync } from 'node:fs';
import {
  envExample,
  envTable,
  replaceComposeLists,
  replaceEnvTable,
  shortEnvTable,
} from '../src/config/env-docs.js';
import { fromProject } from '../src/config/project-paths.js';
import { variablesOf } from '../src/config/read-slices.js';
import { GATEWAY_SLICES } from '../src/configuration.js';
import { WORKER_SLICES } from '../src/whisper-worker/worker.config.js';

/** What most people set, for the README. */
const FIRST_NAMES = [
  'PORT',
  'HOST',
  'API_KEYS',
  'CORS_ORIGINS',
  'ALLOWED_HOSTS',
  'OPENAI_API_KEY',
  'TTS_BASE_URL',
  'CHAT_BASE_URL',
  'CHAT_MODEL',
  'WHISPER_MODEL',
];

/** Every file that tells of variables, as it should be. */
export function envPages(): Record<string, string> {
  const pageOf = (path: string): string => readFileSync(fromProject(path), 'utf8');
  return {
    '.env.example': envExample(GATEWAY_SLICES),
    'README.md': replaceEnvTable(pageOf('README.md'), shortEnvTable(GATEWAY_SLICES, FIRST_NAMES)),
    'docs/configuration.md': replaceEnvTable(pageOf('docs/configuration.md'), envTable(GATEWAY_SLICES)),
    'docker-compose.yml': replaceComposeLists(pageOf('docker-compose.yml'), {
      gateway: Object.keys(variablesOf(GATEWAY_SLICES)),
      // The gateway's provider keys stay out of the process that runs native code.
      worker: Object.keys(variablesOf(WORKER_SLICES)).filter((name) => name !== 'OPENAI_API_KEY'),
    }),
  };
}
