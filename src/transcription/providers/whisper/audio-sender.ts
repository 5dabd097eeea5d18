import type { PcmRing } from './pcm-ring.js';
import type { WorkerConnection } from './whisper-worker.client.js';

const FRAME_SAMPLES = 8_000;

/** The message behind the last sample: a pause that finishes the utterance, or the end of the session. */
export type Standstill = 'stall' | 'end';

/** Sends the ring to one worker, from the ring's start, as far ahead of the worker's acknowledgements as it allows. */
export class AudioSender {
  private _sent: number;
  private _received: number;
  private lastSent: Standstill | undefined;

  constructor(
    private readonly connection: WorkerConnection,
    private readonly ring: PcmRing,
  ) {
    this._sent = ring.start;
    this._received = ring.start;
  }

  /** Behind the last sample sent. */
  get sent(): number {
    return this._sent;
  }

  /** The worker has all samples before it. */
  get received(): number {
    return this._received;
  }

  /** The worker was told that nothing more will come. */
  get hasSentEnd(): boolean {
    return this.lastSent === 'end';
  }

  /** The worker has all samples before `position`. */
  acknowledge(position: number): void {
    this._received = Math.max(this._received, position);
  }

  /**
   * Sends the samples that may be sent, and `standstill`, once, behind the last one.
   * @returns whether `standstill` was sent by this call
   */
  pump(standstill: Standstill | undefined): boolean {
    // Audio came after the last pause: the next pause is another one.
    if (!standstill) this.lastSent = undefined;
    this.sendFrames();
    if (!standstill || this.lastSent === standstill || this._sent < this.ring.end) return false;
    this.lastSent = standstill;
    this.connection.send({ type: standstill });
    return true;
  }

  private sendFrames(): void {
    while (this._sent < this.ring.end && this._sent - this._received < this.connection.window) {
      const frame = this.ring.read(this._sent, FRAME_SAMPLES);
      this.connection.sendPcm(frame);
      this._sent += frame.length;
    }
  }
}
