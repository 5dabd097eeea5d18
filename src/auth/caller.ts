/** Who is calling. Everything that is stored, cached or counted for a caller is kept under the tenant. */
export interface Caller {
  tenantId: string;
}

/** The tenant of every caller when the server runs without API keys, on loopback only. */
export const LOCAL_CALLER: Caller = { tenantId: 'local' };
