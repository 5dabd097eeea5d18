import type { Request } from 'express';
import { clientOf } from '../common/http/client.js';
import { apiKeyOf, type ApiKeyVerifier } from './api-key.verifier.js';

/** Who a request counts as while it waits for its turn: its tenant, or the address of one who has no valid key. */
export function laneOf(request: Request, verifier: ApiKeyVerifier): string {
  try {
    return `tenant ${verifier.verify(apiKeyOf(request.headers)).tenantId}`;
  } catch {
    return `address ${clientOf(request).address}`;
  }
}
