import { createHash, randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { CallerWork } from '../../auth/caller-work.js';
import type { Caller } from '../../auth/caller.js';
import { InvalidInputError } from '../../common/errors/caller-errors.js';
import { ShuttingDownError } from '../../common/errors/session-errors.js';
import { TenantConcurrencyLimit } from '../../common/limits/concurrency-limit.js';
import { OpenStreams } from '../../common/streams/open-streams.js';
import { processConfig } from '../../config/process.config.js';
import type { RunOptionsInput } from '../chat-input.js';
import { chatConfig } from '../chat.config.js';
import { CHAT_CONCURRENCY } from './chat-concurrency.js';
import { RunMetrics } from './run-metrics.js';
import { parseEventId } from './run-position.js';
import { RUN_STORE, type RunStore } from './run-store.js';
import { Budgets } from '../../ledger/budgets.js';
import { Run, type RunContext, type RunOptions, type RunWork } from './run.js';
import { traceRun } from './trace-run.js';

export interface RunRequest {
  caller: Caller;
  model: string;
  template?: string;
  /** All that makes this request what it is; two equal ones may share a run. */
  request: object;
  options: RunOptionsInput;
  /** `Last-Event-ID` of an EventSource that asks the same URL again. */
  lastEventId?: string | undefined;
}

/** Begins runs, within the server's limits, and never the same one twice. */
@Injectable()
export class RunStarter {
  private readonly logger = new Logger(RunStarter.name);
  /** Runs that go on in this process, whatever the store knows of them. */
  private readonly running = new Set<Run>();

  constructor(
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
    @Inject(processConfig.KEY) private readonly process: ConfigType<typeof processConfig>,
    private readonly streams: OpenStreams,
    @Inject(CHAT_CONCURRENCY) private readonly concurrency: TenantConcurrencyLimit,
    private readonly metrics: RunMetrics,
    @Inject(RUN_STORE) private readonly store: RunStore,
    private readonly budgets: Budgets,
    private readonly work: CallerWork,
  ) {
    streams.closing.addEventListener('abort', () => this.shutDown(), { once: true });
  }

  /**
   * The run that this request has begun before, else a new one.
   * @throws OverloadedError, ShuttingDownError; over a budget the run fails before it is accepted
   * @throws InvalidInputError when `requestId` was used for something else
   */
  async open(request: RunRequest, work: RunWork): Promise<Run> {
    const { options, template } = request;
    const { tenantId } = request.caller;
    this.metrics.requested(template);
    const fingerprint = fingerprintOf(request);
    const { requestId } = options;
    if (requestId !== undefined) {
      const run = await this.kept(request, fingerprint, work, (begin) =>
        this.store.findOrAdd(tenantId, requestId, begin),
      );
      if (run.options.fingerprint === fingerprint) return run;
      throw new InvalidInputError('requestId', 'This requestId was used for another request.');
    }
    const earlier = await this.findLastRead(request);
    if (earlier?.options.fingerprint === fingerprint) return earlier;
    return this.kept(request, fingerprint, work, async (begin) => {
      const run = begin();
      await this.store.add(run);
      return run;
    });
  }

  /** A run that the store could not take is stopped: nobody would find it, and the provider would be paid for it. */
  private async kept(
    request: RunRequest,
    fingerprint: string,
    work: RunWork,
    keep: (begin: () => Run) => Promise<Run>,
  ): Promise<Run> {
    let begun: Run | undefined;
    try {
      return await keep(() => (begun = this.begin(request, fingerprint, work)));
    } catch (error) {
      begun?.cancel('disconnect');
      throw error;
    }
  }

  private async findLastRead({ caller, lastEventId }: RunRequest): Promise<Run | undefined> {
    const last = lastEventId === undefined ? undefined : parseEventId(lastEventId);
    return last && this.store.find(caller.tenantId, last.runId);
  }

  private begin(request: RunRequest, fingerprint: string, work: RunWork): Run {
    if (this.streams.closing.aborted) throw new ShuttingDownError();
    const { requestId, onDisconnect, graceMs } = request.options;
    const { caller } = request;
    const release = this.concurrency.acquire(caller.tenantId);
    const leaveStreams = this.streams.enter();
    const options: RunOptions = {
      id: `run_${randomUUID()}`,
      tenantId: caller.tenantId,
      caller,
      model: request.model,
      ...(request.template !== undefined && { template: request.template }),
      ...(requestId !== undefined && { requestId }),
      fingerprint,
      onDisconnect: onDisconnect ?? 'cancel',
      graceMs: graceMs ?? this.config.graceMs,
    };
    const limits = {
      logBytes: this.config.runLogBytes,
      outputChars: this.config.maxOutputChars,
      maxMs: this.config.maxRunMs,
    };
    const run = traceRun(options, () => new Run(options, limits, (context) => this.inPlace(work, context)));
    this.metrics.begun(run);
    this.running.add(run);
    void run.settled.then(release);
    const leaveWork = this.work.enter(caller, (reason) => run.revoke(reason));
    void run.ended.then(() => {
      leaveWork();
      this.running.delete(run);
      leaveStreams();
    });
    // The provider has spent nothing on a request that it refused, so the same `requestId` may try again.
    run.accepted.catch(() => (run.isKnown ? undefined : this.forget(run)));
    return run;
  }

  /** The work, in one of the places that the caller's key has. */
  private async inPlace(work: RunWork, context: RunContext): ReturnType<RunWork> {
    const leave = await this.budgets.enter(context.caller, 'runs');
    try {
      context.signal.throwIfAborted();
      return await work(context);
    } finally {
      leave();
    }
  }

  private async forget(run: Run): Promise<void> {
    try {
      await this.store.remove(run);
    } catch (error) {
      this.logger.error({ runId: run.id, err: error }, 'A refused run could not be forgotten');
    }
  }

  /** An answer that somebody is reading may be finished in half the time that there is; then it ends in band. */
  private shutDown(): void {
    for (const run of this.running) if (!run.hasReader) run.cancel('shutdown');
    setTimeout(() => {
      for (const run of this.running) run.cancel('shutdown');
    }, this.process.shutdownGraceMs / 2).unref();
  }
}

function fingerprintOf({ caller: { tenantId }, template, request }: RunRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([tenantId, template, request]))
    .digest('base64url');
}
