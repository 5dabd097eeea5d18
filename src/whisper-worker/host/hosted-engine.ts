import type { Logger } from 'pino';
import type { WorkerConfig } from '../worker.config.js';
import type { DecodedUtterance, DecodeRequest, Engine, RecogniserKey, Task } from '../engine.js';
import { abortable } from '../../common/streams/abortable.js';
import { refuseKey, refuseRequest } from '../engines/refuse-request.js';
import { launchHost } from './launch-host.js';
import { HostLostError, SupervisedHost } from './supervised-host.js';

/** An utterance whose host ends is decoded again by another host. After two hosts it is given up. */
const MAX_ATTEMPTS = 2;

export type HostedSettings = Pick<
  WorkerConfig,
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

/**
 * An engine that runs in processes of its own: features and decoding cost this process nothing, and crashes stay there. The
 * lanes limit how many decodes run at once. A decode waits here only while hosts are lost: a host never gets more than its share, so
 * that one bad utterance ends few others.
 */
export class HostedEngine implements Engine {
  name = '';
  model = '';
  languages: ReadonlySet<string> = new Set();
  tasks: ReadonlySet<Task> = new Set();
  detectsLanguage = false;
  private readonly supervised: SupervisedHost[];
  private readonly waiting: (() => void)[] = [];

  private constructor(settings: HostedSettings, logger: Logger) {
    const { engine, model, modelsDir, maxRecognisers, lanes, lanesPerHost } = settings;
    const { decodeTimeoutMs, loadTimeoutMs, hungMs } = settings;
    const host = {
      host: { engine, model, modelsDir, maxRecognisers },
      lanes: lanesPerHost,
      decodeTimeoutMs,
      loadTimeoutMs,
      hungMs,
      launch: () => launchHost(lanesPerHost),
      onRoom: () => this.waiting.splice(0).forEach((wake) => wake()),
    };
    const count = Math.ceil(lanes / lanesPerHost);
    this.supervised = Array.from({ length: count }, () => new SupervisedHost(host, logger));
  }

  /** Starts the hosts. An abort ends them, also while they start. @throws HostLostError when one does not come up */
  static async start(
    settings: HostedSettings,
    logger: Logger,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<HostedEngine> {
    signal.throwIfAborted();
    const engine = new HostedEngine(settings, logger);
    const giveUp = (): void => void engine.close();
    signal.addEventListener('abort', giveUp);
    try {
      const descriptions = await Promise.all(engine.supervised.map((host) => host.start()));
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
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  get hosts(): { up: number; all: number; restarts: number; pids: (number | undefined)[] } {
    return {
      up: this.supervised.filter(({ isUp }) => isUp).length,
      all: this.supervised.length,
      restarts: this.supervised.reduce((sum, { restarts }) => sum + restarts, 0),
      pids: this.supervised.map(({ pid }) => pid),
    };
  }

  async prepare(key: RecogniserKey): Promise<void> {
    refuseKey(this, key);
    const hosts = this.supervised.filter(({ isUp }) => isUp);
    const prepared = await Promise.allSettled(hosts.map((host) => host.prepare(key)));
    const failed = prepared.find((result) => result.status === 'rejected');
    // A host that is lost meanwhile loads the recogniser when it is back; the others serve until then.
    const isReadySomewhere = prepared.some(({ status }) => status === 'fulfilled');
    if (failed && !isReadySomewhere) throw failed.reason;
  }

  async decode(request: DecodeRequest, signal: AbortSignal): Promise<DecodedUtterance> {
    refuseRequest(this, request);
    signal.throwIfAborted();
    const attempts = request.isOptional ? 1 : MAX_ATTEMPTS;
    for (let attempt = 1; ; attempt += 1) {
      let host = this.freest();
      for (; !host; host = this.freest()) await abortable(this.nextRoom(), signal);
      try {
        const decoded = await host.decode(request);
        signal.throwIfAborted();
        return decoded;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof HostLostError) || attempt === attempts) throw error;
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.supervised.map((host) => host.close()));
  }

  private freest(): SupervisedHost | undefined {
    const withRoom = this.supervised.filter(({ room }) => room > 0);
    return withRoom.sort((a, b) => b.room - a.room)[0];
  }

  private nextRoom(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }
}
