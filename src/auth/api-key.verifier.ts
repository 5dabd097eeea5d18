import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { UnauthorizedError } from '../common/errors/caller-errors.js';
import { LOCAL_CALLER, type Caller } from './caller.js';
import { stateOf, type ApiKey, type KeyState } from './keys/api-key.js';
import { KeyRing } from './keys/key-ring.js';

/** No key that we make is longer than 64. */
const MAX_KEY_CHARS = 512;

const REFUSALS: Record<Exclude<KeyState, 'live'>, string> = {
  expired: 'This API key has expired.',
  revoked: 'This API key was revoked.',
};

/** The one verifier of API keys, for HTTP requests and for the Socket.io handshake. */
@Injectable()
export class ApiKeyVerifier {
  constructor(private readonly ring: KeyRing) {}

  /** @throws UnauthorizedError without a key, or with one that nobody has, that has expired or was revoked */
  verify(secret: string | undefined): Caller {
    if (this.ring.isKeyless) return LOCAL_CALLER;
    if (secret === undefined || secret === '')
      throw new UnauthorizedError('An API key is needed.', { credential: 'missing' });
    // Hashing takes time by the length, and a socket's key may be as long as its messages.
    const key = secret.length > MAX_KEY_CHARS ? undefined : this.ring.match(secret);
    if (!key) throw new UnauthorizedError('This API key is not known.');
    const state = stateOf(key, Date.now());
    if (state !== 'live') throw new UnauthorizedError(REFUSALS[state]);
    return callerOf(key);
  }

  /** The caller whose key has this id, while the key is valid: what the tokens go by that were made with it. */
  find(keyId: string): Caller | undefined {
    if (!this.ring.isLive(keyId)) return undefined;
    const key = this.ring.find(keyId);
    return key ? callerOf(key) : LOCAL_CALLER;
  }
}

function callerOf({ tenantId, keyId, scopes, limits, expiresAtMs }: ApiKey): Caller {
  return { tenantId, keyId, scopes, limits, expiresAtMs };
}

/** The key in an `Authorization: Bearer` header. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}

/** The key of an HTTP request: a bearer token, or one of the plain headers that older front ends send. */
export function apiKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const plain = headers['x-api-key'] ?? headers.secret;
  return bearerToken(headers.authorization) ?? (typeof plain === 'string' ? plain : undefined);
}
