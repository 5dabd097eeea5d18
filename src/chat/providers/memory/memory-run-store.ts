import { NotFoundError, ResumeExpiredError } from '../../../common/errors/caller-errors.js';
import { KeptByTenant } from '../../../common/limits/kept-by-tenant.js';
import type { RunStore } from '../../runs/run-store.js';
import type { Run } from '../../runs/run.js';

export interface MemoryRunStoreLimits {
  /** How long a run is kept after its end, counted again from every look at it. */
  keepMs: number;
  /** Ended runs kept at most; of the tenant who keeps most, the one not looked at for longest goes first. */
  maxKept: number;
}

/** How many expired runs are remembered as such (410 instead of 404), by id and tenant only. */
const MAX_EXPIRED = 10_000;

/** Runs of one process. */
export class MemoryRunStore implements RunStore {
  private readonly runs = new Map<string, Run>();
  private readonly byRequest = new Map<string, Run>();
  /** Ended runs, the one looked at last at the end. */
  private readonly ended: KeptByTenant<Run>;
  /** What forgets each of them. */
  private readonly expiry = new Map<Run, NodeJS.Timeout>();
  private readonly expired = new KeptByTenant<true>(MAX_EXPIRED);

  constructor(private readonly limits: MemoryRunStoreLimits) {
    this.ended = new KeptByTenant(limits.maxKept);
  }

  async add(run: Run): Promise<void> {
    this.runs.set(run.id, run);
    if (run.options.requestId !== undefined) this.byRequest.set(requestKey(run), run);
    void run.ended.then(() => this.keepFor(run));
  }

  async find(tenantId: string, runId: string): Promise<Run> {
    const run = this.runs.get(runId);
    if (run?.options.tenantId === tenantId) {
      if (this.expiry.has(run)) this.keepFor(run);
      return run;
    }
    if (this.expired.get(tenantId, runId)) throw new ResumeExpiredError('This run is no longer kept.');
    throw new NotFoundError('There is no such run.', { param: 'runId' });
  }

  async findOrAdd(tenantId: string, requestId: string, begin: () => Run): Promise<Run> {
    const known = this.byRequest.get(`${tenantId}\n${requestId}`);
    if (!known) {
      const run = begin();
      await this.add(run);
      return run;
    }
    if (this.expiry.has(known)) this.keepFor(known);
    return known;
  }

  async remove(run: Run): Promise<void> {
    this.forget(run);
  }

  private keepFor(run: Run): void {
    if (this.runs.get(run.id) !== run) return;
    clearTimeout(this.expiry.get(run));
    this.expiry.set(run, setTimeout(() => this.expire(run), this.limits.keepMs).unref());
    for (const dropped of this.ended.add(run.options.tenantId, run.id, run)) this.expire(dropped);
  }

  private expire(run: Run): void {
    this.forget(run);
    this.expired.add(run.options.tenantId, run.id, true);
  }

  private forget(run: Run): void {
    clearTimeout(this.expiry.get(run));
    this.expiry.delete(run);
    this.ended.remove(run.options.tenantId, run.id);
    this.runs.delete(run.id);
    if (run.options.requestId !== undefined && this.byRequest.get(requestKey(run)) === run)
      this.byRequest.delete(requestKey(run));
  }
}

function requestKey({ options: { tenantId, requestId } }: Run): string {
  return `${tenantId}\n${requestId}`;
}
