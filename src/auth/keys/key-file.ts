import { randomUUID } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { toInputError } from '../../common/validation/parse-input.js';
import { callerLimitsSchema } from '../caller-limits.js';
import { SCOPES } from '../scope.js';
import { keyIdOf, type ApiKey } from './api-key.js';

/** Names of keys and of tenants. */
export const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i;

export const keyRecordSchema = z.strictObject({
  name: z.string().regex(NAME),
  tenant: z.string().regex(NAME),
  sha256: z.string().regex(/^[0-9a-f]{64}$/i),
  scopes: z.array(z.enum(SCOPES)).min(1),
  createdAt: z.iso.datetime().optional(),
  /** Name of the key that made it; without one it was made by whoever has the machine. */
  mintedBy: z.string().regex(NAME).optional(),
  expiresAt: z.iso.datetime().optional(),
  revokedAt: z.iso.datetime().optional(),
  limits: callerLimitsSchema.optional(),
});

const keyFileSchema = z.strictObject({ keys: z.array(keyRecordSchema) }).superRefine(({ keys }, context) => {
  for (const field of ['name', 'sha256'] as const) {
    const seen = new Set<string>();
    for (const [index, key] of keys.entries()) {
      const value = key[field].toLowerCase();
      if (seen.has(value)) {
        const path = ['keys', index, field];
        context.addIssue({ code: 'custom', path, message: `${path.join('.')} occurs twice.` });
      }
      seen.add(value);
    }
  }
});

/** A key as the file has it. */
export type KeyRecord = Readonly<z.output<typeof keyRecordSchema>>;

/** What is wrong with the file. The message names a field, never what is in it. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

/** @throws KeyFileError */
export function parseKeyFile(text: string): KeyRecord[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new KeyFileError('it is not JSON');
  }
  const result = keyFileSchema.safeParse(content, { reportInput: false });
  if (!result.success) throw new KeyFileError(toInputError(result.error.issues, content).message);
  return result.data.keys;
}

export function apiKeyOf({ name, tenant, sha256, scopes, expiresAt, revokedAt, limits }: KeyRecord): ApiKey {
  const keyHash = Buffer.from(sha256, 'hex');
  return {
    keyId: keyIdOf(keyHash),
    name,
    tenantId: tenant,
    keyHash,
    scopes: new Set(scopes),
    limits,
    expiresAtMs: expiresAt === undefined ? undefined : Date.parse(expiresAt),
    isRevoked: revokedAt !== undefined,
  };
}

/**
 * Reads the file as it is now.
 * @throws KeyFileError when it cannot be read, is too long or is not valid
 */
export async function readKeyFile(path: string, maxBytes: number): Promise<KeyRecord[]> {
  return parseKeyFile(await readText(path, maxBytes));
}

async function readText(path: string, maxBytes: number): Promise<string> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    // Not by its size: a file may grow while it is read.
    const bytes = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let bytesRead = -1; bytesRead !== 0 && length < bytes.length; length += bytesRead)
      ({ bytesRead } = await file.read(bytes, length, bytes.length - length));
    if (length > maxBytes) throw new KeyFileError(`it is longer than ${maxBytes} bytes`);
    return bytes.toString('utf8', 0, length);
  } catch (error) {
    throw error instanceof KeyFileError ? error : unreadable(error);
  } finally {
    await file?.close();
  }
}

function unreadable(error: unknown): KeyFileError {
  const { code } = error as NodeJS.ErrnoException;
  return new KeyFileError(
    code === 'ENOENT' ? 'it does not exist' : `it cannot be read (${code ?? 'unknown'})`,
  );
}

/** Puts a new file in the place of the old one at once: whoever reads has one or the other. Only its owner may read it. */
export async function writeKeyFile(path: string, keys: readonly KeyRecord[]): Promise<void> {
  const next = `${path}.${randomUUID()}`;
  try {
    const file = await open(next, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify({ keys }, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}
