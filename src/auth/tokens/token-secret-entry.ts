import { z } from 'zod';
import { Secret } from '../../config/secret.js';

/** HS256 asks for a key of 256 bits at least (RFC 7518, 3.2). */
const MIN_SECRET_BYTES = 32;
const ENTRY = /^([A-Za-z0-9._-]{1,64}):(\S+)$/;

/** `id:secret`; the id goes into the header of every token that is signed with it. */
export const tokenSecretEntrySchema = z.string().refine((entry) => {
  const secret = ENTRY.exec(entry)?.[2];
  return secret !== undefined && Buffer.byteLength(secret) >= MIN_SECRET_BYTES;
}, `must be id:secret, the secret of ${MIN_SECRET_BYTES} bytes at least (openssl rand -hex 32)`);

export interface TokenSecret {
  id: string;
  secret: Secret;
}

export function parseTokenSecret(entry: string): TokenSecret {
  const match = ENTRY.exec(entry);
  if (!match) throw new Error('A token secret passed the schema but cannot be parsed');
  return { id: match[1]!, secret: new Secret(match[2]!) };
}
