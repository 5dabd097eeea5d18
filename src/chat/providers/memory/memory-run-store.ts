import { NotFoundError, ResumeExpiredError } from '../../../common/errors/caller-errors.js';
import type { RunStore } from '../../runs/run-store.js';
import type { Run } from '../../runs/run.js';

export interface MemoryRunStoreLimits {
  /** How long a run is kept after its end, counted again from every look at it. */
  keepMs: number;
  /** Ended runs kept at most; the ones not looked at for longest go first. */
  maxKept: number;
}

/** How many expired runs are remembered as such (410 instead of 404), by id and tenant only. */
const MAX_EXPIRED = 10_000;

/** Runs of one process. */
export class MemoryRunStore implements RunStore {
  readonly #runs = new Map<string, Run>();
  readonly #byRequest = new Map<string, Run>();
  /** Ended runs and the timer that forgets each, the one looked at last at the end. */
  readonly #expiry = new Map<Run, NodeJS.Timeout>();
  readonly #expired = new Map<string, string>();

  constructor(private readonly limits: MemoryRunStoreLimits) {}

  async add(run: Run): Promise<void> {
    this.#runs.set(run.id, run);
    if (run.options.requestId !== undefined) this.#byRequest.set(requestKey(run), run);
    void run.ended.then(() => this.#keepFor(run));
  }

  async find(tenantId: string, runId: string): Promise<Run> {
    const run = this.#runs.get(runId);
    if (run?.options.tenantId === tenantId) {
      if (this.#expiry.has(run)) this.#keepFor(run);
      return run;
    }
    if (this.#expired.get(runId) === tenantId) throw new ResumeExpiredError('This run is no longer kept.');
    throw new NotFoundError('There is no such run.', { param: 'runId' });
  }

  async findOrAdd(tenantId: string, requestId: string, begin: () => Run): Promise<Run> {
    const known = this.#byRequest.get(`${tenantId}\n${requestId}`);
    if (!known) {
      const run = begin();
      await this.add(run);
      return run;
    }
    if (this.#expiry.has(known)) this.#keepFor(known);
    return known;
  }

  async remove(run: Run): Promise<void> {
    clearTimeout(this.#expiry.get(run));
    this.#expiry.delete(run);
    this.#runs.delete(run.id);
    if (run.options.requestId !== undefined && this.#byRequest.get(requestKey(run)) === run)
      this.#byRequest.delete(requestKey(run));
  }

  *running(): Iterable<Run> {
    for (const run of this.#runs.values()) if (!run.log.ending) yield run;
  }

  #keepFor(run: Run): void {
    if (this.#runs.get(run.id) !== run) return;
    clearTimeout(this.#expiry.get(run));
    this.#expiry.delete(run);
    this.#expiry.set(run, setTimeout(() => this.#expire(run), this.limits.keepMs).unref());
    const [oldest] = this.#expiry.keys();
    if (this.#expiry.size > this.limits.maxKept && oldest) this.#expire(oldest);
  }

  #expire(run: Run): void {
    void this.remove(run);
    this.#expired.set(run.id, run.options.tenantId);
    const [first] = this.#expired.keys();
    if (this.#expired.size > MAX_EXPIRED && first !== undefined) this.#expired.delete(first);
  }
}

function requestKey({ options: { tenantId, requestId } }: Run): string {
  return `${tenantId}\n${requestId}`;
}
