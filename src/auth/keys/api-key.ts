import { createHash } from 'node:crypto';
import type { ApiKeyEntry } from '../api-key-entry.js';
import type { CallerLimits } from '../caller-limits.js';
import { CALLER_SCOPES, type Scope } from '../scope.js';

/** A key as the server knows it: all but the key. */
export interface ApiKey {
  /** Made of the hash, so that a name that is given again does not bring back what was revoked. */
  keyId: string;
  /** Keys of `API_KEYS` have none. */
  name: string | null;
  tenantId: string;
  keyHash: Buffer;
  scopes: ReadonlySet<Scope>;
  limits?: CallerLimits | undefined;
  /** Never: undefined. */
  expiresAtMs?: number | undefined;
  isRevoked: boolean;
}

/** Whether work may begin with it. */
export type KeyState = 'live' | 'expired' | 'revoked';

export function stateOf({ isRevoked, expiresAtMs }: ApiKey, nowMs: number): KeyState {
  if (isRevoked) return 'revoked';
  return expiresAtMs !== undefined && nowMs >= expiresAtMs ? 'expired' : 'live';
}

/** A key of `API_KEYS`. */
export function plainKeyOf({ tenantId, keyHash }: ApiKeyEntry): ApiKey {
  return {
    keyId: keyIdOf(keyHash),
    name: null,
    tenantId,
    keyHash,
    scopes: CALLER_SCOPES,
    isRevoked: false,
  };
}

export function keyIdOf(keyHash: Buffer): string {
  return keyHash.toString('hex', 0, 6);
}

export function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
