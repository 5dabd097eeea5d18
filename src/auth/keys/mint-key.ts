import { randomBytes } from 'node:crypto';
import { stateOf, hashOf } from './api-key.js';
import { apiKeyOf, KeyFileError, keyRecordSchema, type KeyRecord } from './key-file.js';
import { toInputError } from '../../common/validation/parse-input.js';

/** What is asked for a new key, as it was typed. */
export type KeyWish = Partial<Record<keyof KeyRecord, unknown>>;

/**
 * Makes a key.
 * @param minter the key that makes it; without one it is made by whoever has the machine, who may give any scope
 * @throws KeyFileError for a wish that is not valid, or that would give more than the minter has
 */
export function mintKey(
  wish: KeyWish,
  minter: KeyRecord | undefined,
  nowMs: number,
): [key: string, KeyRecord] {
  const key = `parley-${randomBytes(24).toString('base64url')}`;
  const result = keyRecordSchema.safeParse(
    {
      ...wish,
      sha256: hashOf(key).toString('hex'),
      createdAt: new Date(nowMs).toISOString(),
      mintedBy: minter?.name,
    },
    { reportInput: false },
  );
  if (!result.success) throw new KeyFileError(toInputError(result.error.issues, wish).message);
  const record = result.data;
  if (record.expiresAt !== undefined && Date.parse(record.expiresAt) <= nowMs)
    throw new KeyFileError('expiresAt lies in the past.');
  if (minter) checkMinter(record, minter, nowMs);
  return [key, record];
}

/** Nobody gets more by a key that another key has made than by that one. */
function checkMinter(record: KeyRecord, minter: KeyRecord, nowMs: number): void {
  const state = stateOf(apiKeyOf(minter), nowMs);
  if (state !== 'live') throw new KeyFileError(`${minter.name} is ${state}, so it mints no key.`);
  if (record.tenant !== minter.tenant)
    throw new KeyFileError(`${minter.name} mints keys of its own tenant only, which is ${minter.tenant}.`);
  const missing = record.scopes.filter((scope) => !minter.scopes.includes(scope));
  if (missing.length > 0)
    throw new KeyFileError(`${minter.name} mints only scopes that it has. It lacks: ${missing.join(', ')}.`);
  if (minter.expiresAt === undefined) return;
  if (record.expiresAt === undefined || Date.parse(record.expiresAt) > Date.parse(minter.expiresAt))
    throw new KeyFileError(
      `${minter.name} ends at ${minter.expiresAt}: no key that it mints may outlive it.`,
    );
}
