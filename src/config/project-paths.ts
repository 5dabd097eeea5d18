import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json, from the sources as well as from the build (`src/config` and `dist/config`). */
export const PROJECT_DIR = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export function fromProject(path: string): string {
  return isAbsolute(path) ? path : join(PROJECT_DIR, path);
}
