import type { CallerLimits } from './caller-limits.js';
import { ALL_SCOPES, type Scope } from './scope.js';

/** Who is calling. Everything that is stored, cached or counted for a caller is kept under the tenant. */
export interface Caller {
  tenantId: string;
  /** The key that it came with, or that its token was made with: what budgets and revocations go by. Never the key itself. */
  keyId: string;
  scopes: ReadonlySet<Scope>;
  /** What its key may spend, its tokens included, within what the tenant may. */
  readonly limits?: CallerLimits | undefined;
  /** When its key or token ends, in ms since 1970. What runs by then may go on, and nothing more begins. */
  readonly expiresAtMs?: number | undefined;
  /** Only of a caller that came with a token. */
  readonly token?: CallerToken | undefined;
}

export interface CallerToken {
  /** The `jti`, which revocations go by. */
  readonly id: string;
  readonly bind: TokenBind;
  /** What it may spend itself, in windows of its own, within what its key and its tenant may. */
  readonly limits?: CallerLimits | undefined;
}

/** The one thing that a token is good for, and the one page that it is good from. */
export interface TokenBind {
  readonly session?: string | undefined;
  readonly run?: string | undefined;
  readonly clip?: string | undefined;
  /** As browsers send it in `Origin`. */
  readonly origin?: string | undefined;
}

/** What a token can be bound to, beside the page. */
export const BOUND_KINDS = ['session', 'run', 'clip'] as const;
export type BoundKind = (typeof BOUND_KINDS)[number];

/** Every caller when the server runs without API keys, on loopback only. */
export const LOCAL_CALLER: Caller = { tenantId: 'local', keyId: 'local', scopes: ALL_SCOPES };
