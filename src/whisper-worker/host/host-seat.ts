import type { ChildProcess } from 'node:child_process';
import type { Logger } from 'pino';
import type { DecodedUtterance, RecogniserNeed } from '../engine.js';
import { EngineHost, HostLostError } from './engine-host.js';
import type { HostDescription, HostSettings, HostWork } from './host-messages.js';
import { RecentNeeds } from './recent-needs.js';

const RESTART_FIRST_MS = 100;
const RESTART_MOST_MS = 5_000;

export interface SeatSettings {
  host: HostSettings;
  decodeTimeoutMs: number;
  loadTimeoutMs: number;
  hungMs: number;
  launch(): ChildProcess;
  /** The host can take work again. */
  onUp(): void;
}

/**
 * Keeps one engine host running: when its process ends or hangs, another takes its place. It takes work as soon as it has loaded
 * what was used last, and loads the rest of what it kept behind that.
 */
export class HostSeat {
  private host: EngineHost;
  private _isUp = false;
  private isClosing = false;
  private restartDelayMs = RESTART_FIRST_MS;
  private restartTimer: NodeJS.Timeout | undefined;
  private readonly needs: RecentNeeds;
  private _restarts = 0;

  constructor(
    private readonly settings: SeatSettings,
    private readonly logger: Logger,
  ) {
    this.needs = new RecentNeeds(settings.host.maxRecognisers);
    this.host = this.launch();
  }

  get isUp(): boolean {
    return this._isUp && !this.host.isLate;
  }

  get restarts(): number {
    return this._restarts;
  }

  get pid(): number | undefined {
    return this.host.pid;
  }

  /** The first start; later ones happen by themselves. @throws HostLostError */
  async start(): Promise<HostDescription> {
    const description = await this.host.ready;
    this._isUp = true;
    return description;
  }

  async prepare(need: RecogniserNeed): Promise<void> {
    await this.load(this.host, need);
    this.needs.used(need);
  }

  async call(work: Extract<HostWork, { type: 'decode' }>): Promise<DecodedUtterance | undefined> {
    this.needs.used(work.request);
    const result = await this.host.call(work, this.settings.decodeTimeoutMs);
    this.restartDelayMs = RESTART_FIRST_MS;
    return result;
  }

  async close(): Promise<void> {
    this.isClosing = true;
    clearTimeout(this.restartTimer);
    this.host.kill();
    await this.host.ended;
  }

  private load(host: EngineHost, need: RecogniserNeed): Promise<unknown> {
    return host.call({ type: 'prepare', need }, this.settings.loadTimeoutMs);
  }

  private launch(): EngineHost {
    const { host: settings, hungMs } = this.settings;
    const host: EngineHost = new EngineHost(this.settings.launch(), settings, {
      limitMs: hungMs,
      onHung: () => this.logger.error({ pid: host.pid }, 'Engine host hangs and is killed'),
      onBack: () => {
        if (this.isUp) this.settings.onUp();
      },
    });
    void host.ended.then(() => this.afterEnd());
    return host;
  }

  private afterEnd(): void {
    this._isUp = false;
    if (this.isClosing) return;
    this._restarts += 1;
    this.logger.error({ restartInMs: this.restartDelayMs }, 'Engine host ended');
    this.startLater();
  }

  private startLater(): void {
    this.restartTimer = setTimeout(() => void this.restart(), this.restartDelayMs);
    this.restartDelayMs = Math.min(this.restartDelayMs * 2, RESTART_MOST_MS);
  }

  private async restart(): Promise<void> {
    try {
      this.host = this.launch();
    } catch (error) {
      this.logger.error({ err: error }, 'Engine host cannot be started');
      return this.startLater();
    }
    const host = this.host;
    const rest = await this.loadFirst(host);
    if (!rest) return;
    this._isUp = true;
    this.logger.info({ pid: host.pid }, 'Engine host is back');
    this.settings.onUp();
    for (const need of rest) if (!(await this.isLoaded(host, need))) return;
  }

  /** Loads what was used last. Gives the needs that are left, or undefined when the host is no use: its end brings the next try. */
  private async loadFirst(host: EngineHost): Promise<RecogniserNeed[] | undefined> {
    try {
      await host.ready;
      const [first, ...rest] = this.needs.newestFirst;
      if (first) await this.load(host, first);
      return rest;
    } catch (error) {
      // What does not load is tried after the others next time, so that it does not keep them from being served.
      this.needs.postpone();
      if (!(error instanceof HostLostError)) host.kill();
      return undefined;
    }
  }

  /** What does not load any more is for the session that needs it to tell. */
  private async isLoaded(host: EngineHost, need: RecogniserNeed): Promise<boolean> {
    try {
      await this.load(host, need);
      return true;
    } catch (error) {
      return !(error instanceof HostLostError);
    }
  }
}
