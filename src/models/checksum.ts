import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Checksum } from './hub.js';

/** Whether a file has this size and checksum. */
export async function matches(
  path: string,
  sizeBytes: number,
  { algorithm, value }: Checksum,
): Promise<boolean> {
  const { size } = await stat(path);
  if (size !== sizeBytes) return false;
  const hash = createHash(algorithm === 'sha256' ? 'sha256' : 'sha1');
  // Git hashes a header in front of the content.
  if (algorithm === 'git-sha1') hash.update(`blob ${sizeBytes}\0`);
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex') === value;
}
