import { releaseOnce } from '../../common/limits/release-once.js';
import type { Engine } from '../engine.js';

export interface LoadedEngine {
  engine: Engine;
  /** From the start of its processes until the recogniser of the default language was there. */
  loadMs: number;
  /** Lane time per time of audio of a speaker without pauses; undefined where it was not measured. */
  speakingCost: number | undefined;
}

/** The use of an engine by a session. The engine runs until the last lease of it is released. */
export interface EngineLease {
  readonly engine: Engine;
  readonly release: () => void;
}

/** An engine and those who use it. */
interface Generation {
  loaded: LoadedEngine;
  leases: number;
}

/**
 * The engine that new sessions get. While a model is changed there is a former one too, on which sessions that began with it go on; it
 * is closed when the last of them has ended.
 */
export class CurrentEngine {
  private current: Generation;
  private former: Generation | undefined;

  constructor(loaded: LoadedEngine) {
    this.current = { loaded, leases: 0 };
  }

  get engine(): Engine {
    return this.current.loaded.engine;
  }

  get loaded(): LoadedEngine {
    return this.current.loaded;
  }

  /** All engines that run. */
  get engines(): Engine[] {
    return [this.current, this.former].flatMap((each) => (each ? [each.loaded.engine] : []));
  }

  /** The model of the sessions that began before the last change and still go on, and how many they are. */
  get formerModel(): { model: string; sessions: number } | undefined {
    if (!this.former) return undefined;
    return { model: this.former.loaded.engine.model, sessions: this.former.leases };
  }

  acquire(): EngineLease {
    const generation = this.current;
    generation.leases += 1;
    return {
      engine: generation.loaded.engine,
      release: releaseOnce(() => {
        generation.leases -= 1;
        this.closeUnused();
      }),
    };
  }

  /** Gives new sessions this engine from now on. There must be no former one: two models at once are what memory is planned for. */
  replace(loaded: LoadedEngine): void {
    if (this.former) throw new Error('Sessions of the former engine still run');
    this.former = this.current;
    this.current = { loaded, leases: 0 };
    this.closeUnused();
  }

  /** Makes the former engine the current one again. @returns false when there is none with this model */
  reinstate(model: string): boolean {
    if (this.former?.loaded.engine.model !== model) return false;
    [this.current, this.former] = [this.former, this.current];
    this.closeUnused();
    return true;
  }

  async close(): Promise<void> {
    await Promise.all(this.engines.map((engine) => engine.close()));
  }

  private closeUnused(): void {
    if (!this.former || this.former.leases > 0) return;
    const { engine } = this.former.loaded;
    this.former = undefined;
    void engine.close();
  }
}
