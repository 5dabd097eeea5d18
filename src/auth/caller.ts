import type { CallerLimits } from './caller-limits.js';
import { ALL_SCOPES, type Scope } from './scope.js';

/** Who is calling. Everything that is stored, cached or counted for a caller is kept under the tenant. */
export interface Caller {
  tenantId: string;
  /** The key that it came with, or that its token was made with: what budgets and revocations go by. Never the key itself. */
  keyId: string;
  scopes: ReadonlySet<Scope>;
  /** What its key or token may spend, within what the tenant may. */
  readonly limits?: CallerLimits | undefined;
}

/** Every caller when the server runs without API keys, on loopback only. */
export const LOCAL_CALLER: Caller = { tenantId: 'local', keyId: 'local', scopes: ALL_SCOPES };
