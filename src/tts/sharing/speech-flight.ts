import { abortable } from '../../common/streams/abortable.js';
import { endingWith } from '../../common/streams/ending-with.js';
import type { Production } from '../synthesis/speech-producer.js';
import type { ByteBudget } from './byte-budget.js';
import { SharedBytes } from './shared-bytes.js';

export interface FlightSettings {
  /** Largest speech that is kept whole. */
  limitBytes: number;
  budget: ByteBudget;
  /** The speech is complete and was kept whole. Listeners can still join until the result resolves. */
  onFile(production: Production, file: Buffer): Promise<void>;
  /** Nobody can join any more. */
  onOver(): void;
}

/**
 * One call to a provider with everybody who listens to it. Its first listener begins it; when the last one leaves, the call is
 * aborted, also before the first byte.
 */
export class SpeechFlight {
  private readonly work = new AbortController();
  private readonly begun: Promise<{ production: Production; bytes: SharedBytes }>;
  private bytes: SharedBytes | undefined;
  private listeners = 0;
  /** The provider has given all it has; what may be left is to store it. */
  private hasEnded = false;
  private isDone = false;

  constructor(
    start: (signal: AbortSignal) => Promise<Production>,
    private readonly settings: FlightSettings,
  ) {
    this.begun = this.begin(start);
    // Its listeners see the failure; there may be none left.
    this.begun.catch(() => this.finish());
  }

  get canJoin(): boolean {
    return !this.work.signal.aborted && (this.bytes?.canJoin ?? true);
  }

  /** Resolves with the first byte; the iteration begins with the start of the file, however late it comes. */
  async listen(signal: AbortSignal): Promise<{ production: Production; audio: AsyncIterable<Uint8Array> }> {
    const leave = this.enter();
    // A listener may leave before its iteration has begun, when no `finally` would run.
    signal.addEventListener('abort', leave, { once: true });
    try {
      const { production, bytes } = await abortable(this.begun, signal);
      return { production, audio: endingWith(bytes.read(), leave) };
    } catch (error) {
      leave();
      throw error;
    }
  }

  private async begin(
    start: (signal: AbortSignal) => Promise<Production>,
  ): Promise<{ production: Production; bytes: SharedBytes }> {
    const production = await start(this.work.signal);
    const { limitBytes, budget } = this.settings;
    const bytes = new SharedBytes(production.audio, limitBytes, budget, (file) => {
      this.hasEnded = true;
      void this.store(production, file);
    });
    // Everybody left in the very moment of the first byte.
    if (this.isDone) bytes.release();
    this.bytes = bytes;
    return { production, bytes };
  }

  private async store(production: Production, file: Buffer | undefined): Promise<void> {
    if (file !== undefined) await this.settings.onFile(production, file);
    this.finish();
  }

  private enter(): () => void {
    this.listeners += 1;
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      this.listeners -= 1;
      if (this.listeners > 0) return;
      if (this.isDone) this.bytes?.release();
      else if (!this.hasEnded) this.finish();
    };
  }

  private finish(): void {
    if (this.isDone) return;
    this.isDone = true;
    this.settings.onOver();
    // Ends what is still going on: nobody listens any more, or the provider failed half-way.
    this.work.abort();
    if (this.listeners === 0) this.bytes?.release();
  }
}
