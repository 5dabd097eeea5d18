import { createHash } from 'node:crypto';

/** An entry of `API_KEYS` for a tenant, whose key is `key-of-<tenant>`. */
export function keyEntry(tenant: string): string {
  return `${tenant}:${createHash('sha256').update(`key-of-${tenant}`).digest('hex')}`;
}

/** Headers of a JSON request of that tenant. */
export function headersOf(tenant: string): Record<string, string> {
  return { 'Content-Type': 'application/json', Authorization: `Bearer key-of-${tenant}` };
}
