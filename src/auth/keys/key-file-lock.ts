import { open, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { KeyFileError } from './key-file.js';

/** A change of the file takes milliseconds. */
const TRIES = 50;
const PAUSE_MS = 100;

/**
 * Runs one change of the file at a time, so that of two commands none undoes the other.
 * @throws KeyFileError when another one does not end
 */
export async function alone<T>(path: string, change: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  await take(lock);
  try {
    return await change();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await (await open(lock, 'wx', 0o600)).close();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST') throw new KeyFileError(`It cannot be written (${code ?? 'unknown'}).`);
      if (tries === TRIES)
        throw new KeyFileError(`Another command is changing it. If none runs, remove ${lock}`);
      await sleep(PAUSE_MS);
    }
  }
}
