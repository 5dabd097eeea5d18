import type { Logger } from 'pino';
import type { AppConfig } from '../../config/app-config.js';
import type { DecodedUtterance, DecodeRequest, Engine, RecogniserNeed, Task } from '../engine.js';
import { abortable } from '../../common/streams/abortable.js';
import { refuseNeed, refuseRequest } from '../engines/refuse-request.js';
import { HostLostError } from './engine-host.js';
import { HostSeat } from './host-seat.js';
import { launchHost } from './launch-host.js';

/** An utterance whose host ends is decoded again by another one; one that ends two hosts is given up. */
const MAX_ATTEMPTS = 2;

export type HostedSettings = Pick<
  AppConfig['worker'],
  | 'engine'
  | 'model'
  | 'modelsDir'
  | 'maxRecognisers'
  | 'lanes'
  | 'lanesPerHost'
  | 'decodeTimeoutMs'
  | 'loadTimeoutMs'
  | 'hungMs'
>;

/** An engine that runs in processes of its own: features and decoding cost this process nothing, and crashes stay there. */
export class HostedEngine implements Engine {
  name = '';
  model = '';
  languages: ReadonlySet<string> = new Set();
  tasks: ReadonlySet<Task> = new Set();
  detectsLanguage = false;
  private readonly seats: HostSeat[];
  private readonly busy = new Map<HostSeat, number>();
  private waiting: ((seat: HostSeat) => void)[] = [];

  private constructor(
    private readonly settings: HostedSettings,
    logger: Logger,
  ) {
    const { engine, model, modelsDir, maxRecognisers, lanes, lanesPerHost } = settings;
    const { decodeTimeoutMs, loadTimeoutMs, hungMs } = settings;
    this.seats = Array.from({ length: Math.ceil(lanes / lanesPerHost) }, () => {
      const seat: HostSeat = new HostSeat(
        {
          host: { engine, model, modelsDir, maxRecognisers },
          decodeTimeoutMs,
          loadTimeoutMs,
          hungMs,
          launch: () => launchHost(lanesPerHost),
          onUp: () => this.grant(),
        },
        logger,
      );
      return seat;
    });
  }

  /** Starts the hosts. @throws HostLostError when one does not come up */
  static async start(settings: HostedSettings, logger: Logger): Promise<HostedEngine> {
    const engine = new HostedEngine(settings, logger);
    try {
      const descriptions = await Promise.all(engine.seats.map((seat) => seat.start()));
      const { name, model, languages, tasks, detectsLanguage } = descriptions[0]!;
      engine.name = name;
      engine.model = model;
      engine.languages = new Set(languages);
      engine.tasks = new Set(tasks);
      engine.detectsLanguage = detectsLanguage;
      return engine;
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  get hosts(): { up: number; all: number; restarts: number; pids: (number | undefined)[] } {
    return {
      up: this.seats.filter(({ isUp }) => isUp).length,
      all: this.seats.length,
      restarts: this.seats.reduce((sum, { restarts }) => sum + restarts, 0),
      pids: this.seats.map(({ pid }) => pid),
    };
  }

  async prepare(need: RecogniserNeed): Promise<void> {
    refuseNeed(this, need);
    const seats = this.seats.filter(({ isUp }) => isUp);
    const prepared = await Promise.allSettled(seats.map((seat) => seat.prepare(need)));
    const failed = prepared.find((result) => result.status === 'rejected');
    // One host that was lost meanwhile does not concern those who are ready; it loads the need when it is back.
    const isSomebodyReady = prepared.some(({ status }) => status === 'fulfilled');
    if (failed && !isSomebodyReady) throw failed.reason;
  }

  async decode(request: DecodeRequest, signal: AbortSignal): Promise<DecodedUtterance> {
    refuseRequest(this, request);
    signal.throwIfAborted();
    const attempts = request.isOptional ? 1 : MAX_ATTEMPTS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(request, signal);
      } catch (error) {
        if (!(error instanceof HostLostError) || attempt === attempts) throw error;
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.seats.map((seat) => seat.close()));
  }

  private async attempt(request: DecodeRequest, signal: AbortSignal): Promise<DecodedUtterance> {
    const seat = await this.seat(signal);
    // After an abort the host still works on it: the seat stays taken until it has ended.
    const work = seat.call({ type: 'decode', request }).finally(() => this.leave(seat));
    const result = await abortable(work, signal);
    if (!result) throw new Error('The engine host gave no result');
    return result;
  }

  private async seat(signal: AbortSignal): Promise<HostSeat> {
    const free = this.freeSeat();
    if (free) return this.take(free);
    let grant = (_seat: HostSeat): void => undefined;
    const granted = new Promise<HostSeat>((resolve) => {
      grant = resolve;
      this.waiting.push(grant);
    });
    return abortable(granted, signal, () => {
      this.waiting = this.waiting.filter((waiting) => waiting !== grant);
    });
  }

  private freeSeat(): HostSeat | undefined {
    const free = this.seats.filter(
      (seat) => seat.isUp && (this.busy.get(seat) ?? 0) < this.settings.lanesPerHost,
    );
    return free.sort((a, b) => (this.busy.get(a) ?? 0) - (this.busy.get(b) ?? 0))[0];
  }

  private take(seat: HostSeat): HostSeat {
    this.busy.set(seat, (this.busy.get(seat) ?? 0) + 1);
    return seat;
  }

  private leave(seat: HostSeat): void {
    this.busy.set(seat, (this.busy.get(seat) ?? 1) - 1);
    this.grant();
  }

  private grant(): void {
    for (let seat = this.freeSeat(); seat && this.waiting.length > 0; seat = this.freeSeat()) {
      this.waiting.shift()!(this.take(seat));
    }
  }
}
