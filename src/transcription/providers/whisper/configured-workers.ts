import { Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { OverloadedError } from '../../../common/errors/caller-errors.js';
import { WorkerUnavailableError } from '../../../common/errors/provider-errors.js';
import { SharedAnswer } from '../../../common/streams/shared-answer.js';
import type { ComponentHealth } from '../../../health/health-registry.js';
import { resolveWorkers } from './resolve-workers.js';
import { askWorkerHealth, captionDetail, type WorkerHealth } from './worker-health.js';
import type { WorkerLoss, WorkerPool } from './worker-pool.js';
import { WorkerState } from './worker-state.js';

export interface ConfiguredWorkersOptions {
  urls: readonly string[];
  token: string;
  /** How often names are resolved and workers asked. */
  discoveryMs: number;
  resolve?: (url: string) => Promise<string[]>;
  ask?: (address: string) => Promise<WorkerHealth | undefined>;
}

/**
 * Workers that are configured by URL. Their names are resolved and their load is asked for at intervals; sessions go to the least
 * loaded worker that is ready.
 */
export class ConfiguredWorkers implements WorkerPool, OnModuleInit, BeforeApplicationShutdown {
  readonly token: string;
  private readonly logger = new Logger(ConfiguredWorkers.name);
  private readonly workers = new Map<string, WorkerState>();
  /** The addresses of each URL as last resolved. A name that cannot be resolved for a moment keeps them. */
  private readonly found = new Map<string, string[]>();
  private readonly placeListeners = new Set<() => void>();
  private readonly resolve;
  private readonly ask;
  /** Asks all workers. Sessions and health share the answer. */
  private readonly round: SharedAnswer<void>;
  private timer: NodeJS.Timeout | undefined;
  private isClosing = false;

  constructor(private readonly options: ConfiguredWorkersOptions) {
    this.token = options.token;
    this.resolve = options.resolve ?? ((url: string) => resolveWorkers(url));
    this.ask = options.ask ?? askWorkerHealth;
    this.round = new SharedAnswer(() => this.askAll(), options.discoveryMs / 2);
  }

  async onModuleInit(): Promise<void> {
    await this.discover();
    void this.askAgain();
  }

  beforeApplicationShutdown(): void {
    this.isClosing = true;
    clearTimeout(this.timer);
  }

  candidates(): string[] {
    const now = performance.now();
    const reachable = this.current.filter((worker) => worker.isReachable(now));
    const well = reachable.filter(({ isUnwell }) => !isUnwell);
    // A worker that does not answer over HTTP may still take sessions.
    const usable = well.length > 0 ? well : reachable;
    if (usable.length === 0) throw new WorkerUnavailableError('No Whisper worker can be reached now.');
    const open = usable.filter((worker) => worker.fullForMs(now) === 0);
    if (open.length === 0) {
      const retryAfterMs = Math.ceil(Math.min(...usable.map((worker) => worker.fullForMs(now))));
      throw new OverloadedError('All Whisper workers are busy.', { retryAfterMs });
    }
    const best = open.toSorted((a, b) => Number(a.hasFailed) - Number(b.hasFailed) || a.load - b.load);
    for (const worker of best) worker.tried(now);
    return best.map(({ address }) => address);
  }

  dialling(address: string): () => void {
    return this.of(address).dialling();
  }

  joined(address: string): () => void {
    const leave = this.of(address).joined();
    return () => {
      leave();
      this.announcePlace();
    };
  }

  full(address: string, retryAfterMs: number): void {
    this.of(address).full(performance.now(), retryAfterMs);
  }

  lost(address: string, how: WorkerLoss): void {
    this.of(address).lost(performance.now(), how);
  }

  onPlace(listener: () => void): () => void {
    this.placeListeners.add(listener);
    return () => this.placeListeners.delete(listener);
  }

  async health(): Promise<ComponentHealth> {
    await this.round.get();
    const workers = this.current;
    const ready = workers.filter(({ isReady }) => isReady);
    return {
      status: ready.length > 0 ? 'ok' : 'down',
      provider: 'whisper',
      detail: { workers: workers.length, ready: ready.length, ...captionDetail(ready[0]?.can ?? {}) },
    };
  }

  async ready(): Promise<WorkerHealth | undefined> {
    await this.round.get();
    return this.current.find(({ isReady }) => isReady)?.can;
  }

  private get current(): WorkerState[] {
    return [...new Set([...this.found.values()].flat())].map((address) => this.of(address));
  }

  private of(address: string): WorkerState {
    const known = this.workers.get(address) ?? new WorkerState(address);
    this.workers.set(address, known);
    return known;
  }

  private async askAgain(): Promise<void> {
    await this.round.get();
    if (this.isClosing) return;
    this.timer = setTimeout(() => void this.discover().then(() => this.askAgain()), this.options.discoveryMs);
    this.timer.unref();
  }

  private async askAll(): Promise<void> {
    await Promise.all(
      this.current.map(async (worker) => {
        const health = await this.ask(worker.address);
        worker.answered(performance.now(), health);
      }),
    );
    this.announcePlace();
  }

  private async discover(): Promise<void> {
    await Promise.all(
      this.options.urls.map(async (url) => {
        try {
          this.found.set(url, await this.resolve(url));
        } catch (error) {
          if (!this.found.has(url)) this.logger.warn({ err: error }, 'A Whisper worker cannot be resolved');
        }
      }),
    );
    const current = new Set([...this.found.values()].flat());
    for (const [address, { sessions }] of this.workers)
      if (!current.has(address) && sessions === 0) this.workers.delete(address);
  }

  private announcePlace(): void {
    for (const listener of this.placeListeners) listener();
  }
}
