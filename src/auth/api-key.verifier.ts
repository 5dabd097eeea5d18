import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { UnauthorizedError } from '../common/errors/caller-errors.js';
import type { ApiKeyEntry } from './api-key-entry.js';
import { authConfig } from './auth.config.js';
import { LOCAL_CALLER, type Caller } from './caller.js';
import { CALLER_SCOPES } from './scope.js';

/** No key that we make is longer than 64. */
const MAX_KEY_CHARS = 512;

/** The one verifier of API keys, for HTTP requests and for the Socket.io handshake. */
@Injectable()
export class ApiKeyVerifier {
  constructor(@Inject(authConfig.KEY) private readonly config: ConfigType<typeof authConfig>) {}

  /**
   * Compares hashes, always with every entry, so that the time taken tells nothing about the keys.
   * @throws UnauthorizedError without a key, or with one that nobody has.
   */
  verify(key: string | undefined): Caller {
    const { keys } = this.config;
    if (keys.length === 0) return LOCAL_CALLER;
    if (key === undefined || key === '') throw new UnauthorizedError('An API key is needed.');
    // Hashing takes time by the length, and a socket's key may be as long as its messages.
    if (key.length > MAX_KEY_CHARS) throw new UnauthorizedError('This API key is not known.');

    const hash = createHash('sha256').update(key).digest();
    let caller: Caller | undefined;
    for (const entry of keys) {
      if (timingSafeEqual(entry.keyHash, hash)) caller ??= callerOf(entry);
    }
    if (!caller) throw new UnauthorizedError('This API key is not known.');
    return caller;
  }

  /** The caller whose key has this id, while the key is valid: what the tokens go by that were made with it. */
  find(keyId: string): Caller | undefined {
    const { keys } = this.config;
    if (keys.length === 0) return keyId === LOCAL_CALLER.keyId ? LOCAL_CALLER : undefined;
    return keys.map(callerOf).find((caller) => caller.keyId === keyId);
  }
}

function callerOf({ tenantId, keyHash }: ApiKeyEntry): Caller {
  return { tenantId, keyId: keyHash.toString('hex', 0, 6), scopes: CALLER_SCOPES };
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
