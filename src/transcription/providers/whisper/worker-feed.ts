import type { PcmRing } from './pcm-ring.js';
import type { WorkerConnection } from './whisper-worker.client.js';

const FRAME_SAMPLES = 8_000;

/** What is said behind the last sample: a pause that finishes the utterance, or the end of the session. */
export type Standstill = 'stall' | 'end';

/** One worker's share of a session: it is sent the ring from its start, as far ahead of its acknowledgements as it allows. */
export class WorkerFeed {
  private _sent: number;
  private _received: number;
  private said: Standstill | undefined;

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
  get hasSaidEnd(): boolean {
    return this.said === 'end';
  }

  /** The worker has all samples before `position`. */
  acknowledge(position: number): void {
    this._received = Math.max(this._received, position);
  }

  /**
   * Sends what there is and may be sent, and says `standstill`, once, behind the last sample.
   * @returns whether it was said just now
   */
  pump(standstill: Standstill | undefined): boolean {
    // Audio has come since: the next pause is another one.
    if (!standstill) this.said = undefined;
    this.sendFrames();
    if (!standstill || this.said === standstill || this._sent < this.ring.end) return false;
    this.said = standstill;
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
