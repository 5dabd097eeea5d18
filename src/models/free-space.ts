import { statfs } from 'node:fs/promises';
import { ModelError } from './model-error.js';
import { megabytes } from './megabytes.js';

/** What a pull leaves free for others: logs, temporary audio, the files of the system. */
export const RESERVE_BYTES = 256 * 1024 * 1024;

/** @throws ModelError when the disk of `folder` has no room for so many bytes and the reserve */
export async function requireSpace(folder: string, neededBytes: number, reserveBytes: number): Promise<void> {
  if (neededBytes === 0) return;
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes + reserveBytes) return;
  throw new ModelError(
    'disk_full',
    `The disk of ${folder} has ${megabytes(freeBytes)} free; this needs ${megabytes(neededBytes)}, and ${megabytes(reserveBytes)} stay free for others. Nothing was downloaded.`,
  );
}
