import type { Run } from './run.js';

/**
 * Keeps runs while they go on and for a while after, so that connections can come back to them. What is kept of one tenant costs no
 * other tenant a run. Any call may reject, as one to a store of another machine does.
 */
export interface RunStore {
  add(run: Run): Promise<void>;

  /** The run that a tenant began under `requestId`, else the one that `begin` makes; never two, however close the calls. */
  findOrAdd(tenantId: string, requestId: string, begin: () => Run): Promise<Run>;

  /**
   * @throws NotFoundError when there is no such run, or it is another tenant's
   * @throws ResumeExpiredError when it was there but is no longer kept
   */
  find(tenantId: string, runId: string): Promise<Run>;

  /** Forgets a run that the provider has refused, so that the same `requestId` may try again. */
  remove(run: Run): Promise<void>;
}

export const RUN_STORE = Symbol('RUN_STORE');
