import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { errors, jwtVerify, SignJWT, type JWTHeaderParameters } from 'jose';
import { z } from 'zod';
import { ForbiddenError, UnauthorizedError } from '../../common/errors/caller-errors.js';
import { ApiKeyVerifier } from '../api-key.verifier.js';
import { callerLimitsSchema } from '../caller-limits.js';
import type { Caller } from '../caller.js';
import { SCOPES } from '../scope.js';
import { REVOKED_TOKENS, type RevokedToken, type RevokedTokens } from './revoked-tokens.js';
import { headerOf } from './token-header.js';
import { tokenBindSchema, type TokenInput } from './token-input.js';
import { ExpiredTokenError, RevokedTokenError, type TokenKind } from './token-kind.js';
import { tokensConfig } from './tokens.config.js';

/** What tells our tokens from those of others (RFC 8725, 3.11). */
const TYPE = 'parley+jwt';
const ISSUER = 'parley';
const AUDIENCE = 'parley';
const ALGORITHM = 'HS256';

const claimsSchema = z.object({
  jti: z.string().regex(/^[\w-]{1,64}$/),
  exp: z.number(),
  tenant: z.string(),
  keyId: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  bind: tokenBindSchema,
  limits: callerLimitsSchema.optional(),
});
type Claims = z.output<typeof claimsSchema>;

export interface MintedToken {
  token: string;
  /** ISO 8601. */
  expiresAt: string;
  scopes: string[];
}

/** Tokens that this server signs for pages and phones: good for a while, for less than their key, and only while their key is. */
@Injectable()
export class OwnTokens implements TokenKind {
  constructor(
    @Inject(tokensConfig.KEY) private readonly config: ConfigType<typeof tokensConfig>,
    private readonly keys: ApiKeyVerifier,
    @Inject(REVOKED_TOKENS) private readonly revoked: RevokedTokens,
  ) {}

  isOne(token: string): boolean {
    return headerOf(token)?.typ === TYPE;
  }

  /** @throws ForbiddenError for a scope that the caller lacks */
  async mint({ scopes, ttlSeconds, limits, bind = {} }: TokenInput, caller: Caller): Promise<MintedToken> {
    const missing = scopes.find((scope) => !caller.scopes.has(scope));
    if (missing !== undefined)
      throw new ForbiddenError(`This key lacks the scope "${missing}" and cannot give it away.`, {
        param: 'scopes',
      });
    const given = [...new Set(scopes)];
    const [{ id, secret }] = this.config.secrets;
    const nowMs = Date.now();
    const endMs = Math.min(nowMs + ttlSeconds * 1_000, caller.expiresAtMs ?? Infinity);
    // Whole seconds (RFC 7519 allows others, not every library does); rounded up, so that it holds as long as was asked for.
    const expiresAtSeconds = Math.ceil(endMs / 1_000);
    const token = await new SignJWT({
      tenant: caller.tenantId,
      keyId: caller.keyId,
      scopes: given,
      bind,
      ...(limits && { limits }),
    })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: id })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setJti(randomUUID())
      .setIssuedAt(Math.floor(nowMs / 1_000))
      .setExpirationTime(expiresAtSeconds)
      .sign(Buffer.from(secret.reveal()));
    return { token, expiresAt: new Date(expiresAtSeconds * 1_000).toISOString(), scopes: given };
  }

  /** @throws UnauthorizedError for a token that is not ours, expired or revoked, or whose key is */
  async verify(token: string): Promise<Caller> {
    const { jti, exp, tenant, keyId, scopes, bind, limits } = await this.read(token);
    const key = this.keys.find(keyId);
    if (key?.tenantId !== tenant) throw new UnauthorizedError('The key of this token is no longer valid.');
    if (await this.revoked.has({ id: jti, tenantId: tenant })) throw new RevokedTokenError();
    return {
      tenantId: tenant,
      keyId,
      // A key that has lost a scope has given none away.
      scopes: new Set(scopes.filter((scope) => key.scopes.has(scope))),
      limits: key.limits,
      expiresAtMs: Math.min(exp * 1_000, key.expiresAtMs ?? Infinity),
      token: { id: jti, bind, limits },
    };
  }

  async identify(token: string): Promise<RevokedToken> {
    const { jti, tenant, exp } = await this.read(token);
    return { id: jti, tenantId: tenant, expiresAtMs: exp * 1_000 };
  }

  private async read(token: string): Promise<Claims> {
    try {
      const { payload } = await jwtVerify(token, (header) => this.secretOf(header), {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['exp', 'iat', 'jti'],
        clockTolerance: 0,
      });
      return claimsSchema.parse(payload);
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new ExpiredTokenError();
      throw new UnauthorizedError('This token is not valid.');
    }
  }

  private secretOf({ kid }: JWTHeaderParameters): Uint8Array {
    const found = this.config.secrets.find(({ id }) => id === kid);
    if (!found) throw new UnauthorizedError('This token is not valid.');
    return Buffer.from(found.secret.reveal());
  }
}
