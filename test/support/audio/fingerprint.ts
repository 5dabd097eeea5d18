import { createHash } from 'node:crypto';

/** Length and hash of samples: compares long recordings exactly without printing them. */
export function fingerprint(samples: Int16Array): string {
  const hash = createHash('sha1').update(
    new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength),
  );
  return `${samples.length} samples ${hash.digest('hex')}`;
}
