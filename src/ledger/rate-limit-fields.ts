import { WINDOW_MS, type Budget, type BudgetState } from './ledger.js';

/** The fields of draft-ietf-httpapi-ratelimit-headers-10, a policy for each budget. Their names are strings of RFC 9651. */
export function rateLimitFields(states: readonly BudgetState[]): Record<string, string> {
  if (states.length === 0) return {};
  return {
    'RateLimit-Policy': states
      .map((state) => `"${policyName(state)}";q=${state.limit};w=${WINDOW_MS[state.window] / 1_000}`)
      .join(', '),
    RateLimit: states
      .map((state) => `"${policyName(state)}";r=${state.remaining};t=${Math.ceil(state.resetMs / 1_000)}`)
      .join(', '),
  };
}

/** A budget in headers, logs and metrics, e.g. `tenant-tokens-day`; it names nobody. */
export function policyName({ of, unit, window }: Budget): string {
  return `${of}-${unit}-${window}`;
}
