import { abortable } from '../../common/streams/abortable.js';
import { whenAborted } from '../../common/streams/when-aborted.js';
import type { Synthesis } from '../synthesis/speech-producer.js';
import type { ByteBudget } from './byte-budget.js';
import { SharedBytes } from './shared-bytes.js';

/** What a listener gets of a flight. */
export type Heard = Pick<Synthesis, 'provider' | 'fallback'> & { audio: AsyncIterable<Uint8Array> };

/**
 * One synthesis with everybody who listens to it. It owns the synthesis: when the last listener leaves, the work is aborted, also before the
 * first byte, and the audio is closed.
 */
export class SpeechFlight {
  /** The whole file. Undefined when the synthesis failed, when the file was too large to be held, or when everybody left. */
  readonly landed: Promise<{ provider: string; file: Buffer } | undefined>;
  private readonly begun: Promise<{ synthesis: Synthesis; bytes: SharedBytes }>;
  private bytes: SharedBytes | undefined;
  private provider: string | undefined;
  private listeners = 0;

  /** @param work aborts the synthesis; it is aborted when the flight is over, however it ended */
  constructor(
    synthesis: Promise<Synthesis>,
    private readonly work: AbortController,
    private readonly memory: { limitBytes: number; budget: ByteBudget },
  ) {
    this.begun = this.begin(synthesis);
    this.landed = this.land().catch(() => undefined);
  }

  get canJoin(): boolean {
    return !this.isOver && (this.bytes?.canJoin ?? true);
  }

  /** The provider whose audio has begun and not ended. */
  get speaking(): string | undefined {
    return this.bytes?.hasEnded === false ? this.provider : undefined;
  }

  /** Why audio that had begun broke off, if it did. */
  get failure(): { provider: string; error: unknown } | undefined {
    const error = this.bytes?.failure;
    return error === undefined || this.provider === undefined
      ? undefined
      : { provider: this.provider, error };
  }

  /** Resolves with the first byte; the iteration begins with the start of the file, however late the listener comes. */
  async listen(signal: AbortSignal): Promise<Heard> {
    this.listeners += 1;
    whenAborted(signal, () => this.leave());
    const { synthesis, bytes } = await abortable(this.begun, signal);
    const { provider, fallback } = synthesis;
    return { provider, ...(fallback && { fallback }), audio: bytes.read() };
  }

  /** Ends what still goes on. Nobody can join any more; who listens can read what is held. */
  end(): void {
    this.work.abort();
    if (this.listeners === 0) this.bytes?.release();
  }

  private get isOver(): boolean {
    return this.work.signal.aborted;
  }

  private async begin(opening: Promise<Synthesis>): Promise<{ synthesis: Synthesis; bytes: SharedBytes }> {
    const synthesis = await opening;
    const bytes = new SharedBytes(synthesis.audio, this.memory.limitBytes, this.memory.budget);
    this.bytes = bytes;
    this.provider = synthesis.provider;
    // Everybody left in the very moment of the first byte.
    if (this.isOver) bytes.release();
    return { synthesis, bytes };
  }

  private async land(): Promise<{ provider: string; file: Buffer } | undefined> {
    const { synthesis, bytes } = await this.begun;
    const file = await bytes.file;
    return file && { provider: synthesis.provider, file: synthesis.complete?.(file) ?? file };
  }

  private leave(): void {
    this.listeners -= 1;
    if (this.listeners > 0) return;
    // A file that has come to its end is being cached; the flight ends after that.
    if (this.isOver || !this.bytes?.hasEnded) this.end();
  }
}
