import { z } from 'zod';

const ENTRY = /^([a-z0-9][a-z0-9._-]{0,63}):([0-9a-f]{64})$/i;

/** `tenant:sha256`, the hash in hexadecimal: the server never holds a caller's key. */
export const apiKeyEntrySchema = z
  .string()
  .regex(ENTRY, 'must be tenant:sha256-of-key, as `npm run api-key` prints it');

export interface ApiKeyEntry {
  tenantId: string;
  keyHash: Buffer;
}

export function parseApiKeyEntry(entry: string): ApiKeyEntry {
  const match = ENTRY.exec(entry);
  if (!match) throw new Error('An API key entry passed the schema but cannot be parsed');
  return { tenantId: match[1]!, keyHash: Buffer.from(match[2]!, 'hex') };
}
