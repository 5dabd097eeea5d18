import type { Logger } from 'pino';
import type { Choice } from '../../models/chosen-model.js';
import { ModelFault } from '../engines/model-fault.js';
import { HostLostError } from '../host/supervised-host.js';
import type { CurrentEngine, LoadedEngine } from './current-engine.js';

/** What becomes of a choice that is not in use. */
export type ModelChange =
  /** Loads beside the model in use. */
  | { state: 'loading'; model: string }
  /** Two models are in memory already: it loads when the last session of the former one has ended. */
  | { state: 'waiting'; model: string }
  /** The model in use goes on. It is tried again when it is chosen again. */
  | { state: 'failed'; model: string; reason: string };

export interface ModelSwitchParts {
  engines: CurrentEngine;
  readChoice: () => Promise<Choice>;
  /** The model where nothing is chosen. */
  fallback: string;
  load: (model: string, signal: AbortSignal) => Promise<LoadedEngine>;
  /** New sessions get this engine from now on. */
  onChanged: (loaded: LoadedEngine) => void;
  /** How often the choice is read. Volumes do not tell of changes by themselves. */
  intervalMs: number;
  logger: Logger;
}

/** Follows the choice of a model: loads it beside the one in use and gives it to new sessions. Sessions that run notice nothing. */
export class ModelSwitch {
  private readonly closing = new AbortController();
  private _change: ModelChange | undefined;
  private settledStamp: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(private readonly parts: ModelSwitchParts) {}

  get change(): ModelChange | undefined {
    return this._change;
  }

  /** @param failed the choice that could not be used at the start */
  start(failed?: { choice: Choice; reason: string }): void {
    if (failed) this.fail(failed.choice.model!, failed.choice.stamp, failed.reason);
    this.lookLater();
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    this.closing.abort(new Error('The worker closes'));
    await this.looking;
  }

  private lookLater(): void {
    if (this.closing.signal.aborted) return;
    this.timer = setTimeout(() => {
      this.looking = this.look().finally(() => this.lookLater());
    }, this.parts.intervalMs);
    this.timer.unref();
  }

  private async look(): Promise<void> {
    const { engines, readChoice, fallback, logger } = this.parts;
    const { model = fallback, stamp, isDamaged } = await readChoice();
    if (stamp === this.settledStamp) return;
    if (isDamaged) {
      this.settledStamp = stamp;
      return logger.warn(
        'chosen.json in MODELS_DIR is not what `npm run models -- use` writes and is ignored',
      );
    }
    if (engines.engine.model === model) {
      this.settledStamp = stamp;
      this._change = undefined;
      return;
    }
    if (engines.reinstate(model)) return this.settle(stamp, engines.loaded);
    if (engines.formerModel) {
      if (this._change?.state !== 'waiting' || this._change.model !== model)
        logger.info({ model, ...formerOf(engines) }, 'The chosen model waits for sessions of the former one');
      this._change = { state: 'waiting', model };
      return;
    }
    await this.load(model, stamp);
  }

  private async load(model: string, stamp: string): Promise<void> {
    const { engines, load, logger } = this.parts;
    const { signal } = this.closing;
    this._change = { state: 'loading', model };
    logger.info({ model, inUse: engines.engine.model }, 'Loading the chosen model');
    try {
      const loaded = await load(model, signal);
      engines.replace(loaded);
      this.settle(stamp, loaded);
    } catch (error) {
      if (signal.aborted) return;
      logger.debug({ err: error }, 'The chosen model did not load');
      this.fail(model, stamp, reasonOf(error));
    }
  }

  private settle(stamp: string, loaded: LoadedEngine): void {
    const { engines, onChanged, logger } = this.parts;
    this.settledStamp = stamp;
    this._change = undefined;
    onChanged(loaded);
    const { engine, loadMs } = loaded;
    logger.info({ model: engine.model, loadMs, ...formerOf(engines) }, 'New sessions get the chosen model');
  }

  private fail(model: string, stamp: string, reason: string): void {
    this.settledStamp = stamp;
    this._change = { state: 'failed', model, reason };
    const inUse = this.parts.engines.engine.model;
    this.parts.logger.error(
      { model, reason, inUse },
      'The chosen model cannot be used; the one in use goes on',
    );
  }
}

/** One line for the log and for health, without a path of this machine. */
export function reasonOf(error: unknown): string {
  if (error instanceof ModelFault) return error.message;
  if (error instanceof HostLostError)
    return 'its engine process was ended while it loaded, for its memory or its time';
  return 'it could not be loaded; the log says more';
}

function formerOf({ formerModel }: CurrentEngine): object {
  return formerModel ? { former: formerModel.model, formerSessions: formerModel.sessions } : {};
}
