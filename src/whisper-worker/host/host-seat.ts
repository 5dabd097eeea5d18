import type { ChildProcess } from 'node:child_process';
import type { Logger } from 'pino';
import type { DecodedUtterance, RecogniserNeed } from '../engine.js';
import { EngineHost, HostLostError } from './engine-host.js';
import type { HostDescription, HostSettings, HostWork } from './host-messages.js';

const RESTART_FIRST_MS = 100;
const RESTART_MOST_MS = 5_000;

export interface SeatSettings {
  host: HostSettings;
  decodeTimeoutMs: number;
  launch(): ChildProcess;
  /** The host can take work again. */
  onUp(): void;
}

/** Keeps one engine host running: when its process ends, another takes its place and loads what the last one had loaded. */
export class HostSeat {
  #host: EngineHost;
  #isUp = false;
  #isClosing = false;
  #restartDelayMs = RESTART_FIRST_MS;
  #restartTimer: NodeJS.Timeout | undefined;
  readonly #needs = new Map<string, RecogniserNeed>();
  #restarts = 0;

  constructor(
    private readonly settings: SeatSettings,
    private readonly logger: Logger,
  ) {
    this.#host = this.launch();
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get restarts(): number {
    return this.#restarts;
  }

  get pid(): number | undefined {
    return this.#host.pid;
  }

  /** The first start; later ones happen by themselves. @throws HostLostError */
  async start(): Promise<HostDescription> {
    const description = await this.#host.ready;
    this.#isUp = true;
    return description;
  }

  async prepare(need: RecogniserNeed): Promise<void> {
    await this.#host.call({ type: 'prepare', need }, this.settings.decodeTimeoutMs);
    this.#needs.set(JSON.stringify(need), need);
  }

  async call(work: HostWork): Promise<DecodedUtterance | undefined> {
    const result = await this.#host.call(work, this.settings.decodeTimeoutMs);
    this.#restartDelayMs = RESTART_FIRST_MS;
    return result;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#restartTimer);
    this.#host.kill();
    await this.#host.ended;
  }

  private launch(): EngineHost {
    const host = new EngineHost(this.settings.launch(), this.settings.host);
    void host.ended.then(() => this.afterEnd());
    return host;
  }

  private afterEnd(): void {
    this.#isUp = false;
    if (this.#isClosing) return;
    this.#restarts += 1;
    this.logger.error({ restartInMs: this.#restartDelayMs }, 'Engine host ended');
    this.#restartTimer = setTimeout(() => void this.restart(), this.#restartDelayMs);
    this.#restartDelayMs = Math.min(this.#restartDelayMs * 2, RESTART_MOST_MS);
  }

  private async restart(): Promise<void> {
    this.#host = this.launch();
    try {
      await this.#host.ready;
      for (const need of this.#needs.values()) await this.prepare(need);
    } catch (error) {
      // Its end brings the next try; a host that is there but cannot load is ended for it.
      if (!(error instanceof HostLostError)) this.#host.kill();
      return;
    }
    this.#isUp = true;
    this.logger.info({ pid: this.#host.pid }, 'Engine host is back');
    this.settings.onUp();
  }
}
