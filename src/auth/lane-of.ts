import type { Request } from 'express';
import { clientOf } from '../common/http/client.js';
import { apiKeyOf, type ApiKeyVerifier } from './api-key.verifier.js';

/**
 * Who a request counts as while it waits for its turn: its tenant, or the address of one who shows no valid key. Tokens count by address,
 * too: checking one takes longer than a turn, and whoever could wait in a tenant's lane unchecked could fill it.
 */
export function laneOf(request: Request, verifier: ApiKeyVerifier): string {
  try {
    return `tenant ${verifier.verify(apiKeyOf(request.headers)).tenantId}`;
  } catch {
    return `address ${clientOf(request).address}`;
  }
}
