export interface RevokedToken {
  /** The `jti`. */
  id: string;
  tenantId: string;
  /** In ms since 1970; nothing needs to be remembered afterwards. */
  expiresAtMs: number;
}

/** Tokens that were revoked before their time. Any call may reject, as one to a store of another machine does. */
export interface RevokedTokens {
  /** @throws OverloadedError when the tenant has revoked as many as are remembered */
  add(token: RevokedToken): Promise<void>;

  has(token: Pick<RevokedToken, 'id' | 'tenantId'>): Promise<boolean>;
}

export const REVOKED_TOKENS = Symbol('REVOKED_TOKENS');
