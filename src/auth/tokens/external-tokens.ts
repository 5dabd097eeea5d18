import { createHash } from 'node:crypto';
import { errors, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';
import { UnauthorizedError } from '../../common/errors/caller-errors.js';
import { AuthUnavailableError } from '../../common/errors/provider-errors.js';
import type { Caller } from '../caller.js';
import { NAME } from '../keys/key-file.js';
import type { Scope } from '../scope.js';
import type { IssuerKeys } from './issuer-keys.js';
import type { TrustedIssuer } from './issuer.config.js';
import type { RevokedToken, RevokedTokens } from './revoked-tokens.js';
import { headerOf } from './token-header.js';
import { ExpiredTokenError, RevokedTokenError, type TokenKind } from './token-kind.js';

const tenantSchema = z.string().regex(NAME);
const scopesSchema = z.union([z.string(), z.array(z.string())]).default('');

/** A token that its issuer has signed, for us, and whose time it is. */
interface VerifiedToken extends RevokedToken {
  claims: JWTPayload;
}

/** Tokens of an identity provider. They name a tenant and scopes, and make no tokens: only keys do. */
export class ExternalTokens implements TokenKind {
  constructor(
    private readonly issuer: TrustedIssuer,
    private readonly keys: IssuerKeys,
    private readonly revoked: RevokedTokens,
  ) {}

  /** Every JWT that is not ours. */
  isOne(token: string): boolean {
    return headerOf(token) !== undefined;
  }

  /**
   * @throws UnauthorizedError for a token that is not valid, has expired or was revoked
   * @throws AuthUnavailableError when its key is not here and cannot be fetched
   */
  async verify(token: string): Promise<Caller> {
    const { id, tenantId, expiresAtMs, claims } = await this.read(token);
    const scopes = this.scopesOf(claims);
    if (await this.revoked.has({ id, tenantId })) throw new RevokedTokenError();
    return { tenantId, keyId: this.keyIdOf(claims), scopes, expiresAtMs, token: { id, bind: {} } };
  }

  async identify(token: string): Promise<RevokedToken> {
    const { id, tenantId, expiresAtMs } = await this.read(token);
    return { id, tenantId, expiresAtMs };
  }

  private async read(token: string): Promise<VerifiedToken> {
    const { leewayMs, maxLifetimeMs } = this.issuer;
    const claims = await this.claimsOf(token);
    const tenant = tenantSchema.safeParse(claimOf(claims, this.issuer.tenantClaim));
    if (!tenant.success)
      throw new UnauthorizedError(
        `This token names no tenant: its claim "${this.issuer.tenantClaim}" must be a name of 1 to 64 letters, digits, dots, dashes and underscores.`,
      );
    return {
      claims,
      // What is signed, without the signature, which may be written in several ways.
      id: hashOf(token.slice(0, token.lastIndexOf('.'))),
      tenantId: tenant.data,
      expiresAtMs: Math.min(claims.exp! * 1_000, claims.iat! * 1_000 + maxLifetimeMs) + leewayMs,
    };
  }

  private async claimsOf(token: string): Promise<JWTPayload> {
    const { name, audiences, algorithms, leewayMs, maxLifetimeMs } = this.issuer;
    try {
      const { payload } = await jwtVerify(token, (header, input) => this.keys.find(header, input), {
        issuer: name,
        audience: audiences,
        algorithms,
        requiredClaims: ['exp'],
        clockTolerance: leewayMs / 1_000,
        // Asks for `iat`, and refuses one in the future.
        maxTokenAge: maxLifetimeMs / 1_000,
      });
      return payload;
    } catch (error) {
      if (error instanceof AuthUnavailableError) throw error;
      if (error instanceof errors.JWTExpired) throw new ExpiredTokenError();
      const claim = error instanceof errors.JWTClaimValidationFailed ? `: its claim "${error.claim}"` : '';
      throw new UnauthorizedError(`This token is not valid${claim}.`);
    }
  }

  /** What it names that we do not know, or do not allow it, gives nothing. */
  private scopesOf(claims: JWTPayload): ReadonlySet<Scope> {
    const { scopesClaim, scopePrefix, allowedScopes } = this.issuer;
    const claim = scopesSchema.safeParse(claimOf(claims, scopesClaim));
    if (!claim.success)
      throw new UnauthorizedError(
        `This token is not valid: its claim "${scopesClaim}" must be a text or an array of texts.`,
      );
    const named = new Set(typeof claim.data === 'string' ? claim.data.split(' ') : claim.data);
    return new Set([...allowedScopes].filter((scope) => named.has(scopePrefix + scope)));
  }

  /** Budgets of a key are those of a person here. The name is a hash: what an issuer calls a person may be their address. */
  private keyIdOf({ sub = '' }: JWTPayload): string {
    return `jwt-${hashOf(JSON.stringify([this.issuer.name, sub])).slice(0, 16)}`;
  }
}

function claimOf(claims: JWTPayload, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
