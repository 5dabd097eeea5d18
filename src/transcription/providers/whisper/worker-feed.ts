import type { PcmRing } from './pcm-ring.js';
import type { WorkerConnection } from './whisper-worker.client.js';

const FRAME_SAMPLES = 8_000;

/** What is said behind the last sample: a pause that finishes the utterance, or the end of the session. */
export type Standstill = 'stall' | 'end';

/** One worker's share of a session: it is sent the ring from its start, as far ahead of its acknowledgements as it allows. */
export class WorkerFeed {
  #sent: number;
  #received: number;
  #said: Standstill | undefined;

  constructor(
    private readonly connection: WorkerConnection,
    private readonly ring: PcmRing,
  ) {
    this.#sent = ring.start;
    this.#received = ring.start;
  }

  /** Behind the last sample sent. */
  get sent(): number {
    return this.#sent;
  }

  /** The worker has all samples before it. */
  get received(): number {
    return this.#received;
  }

  /** The worker was told that nothing more will come. */
  get hasSaidEnd(): boolean {
    return this.#said === 'end';
  }

  /** The worker has all samples before `position`. */
  acknowledge(position: number): void {
    this.#received = Math.max(this.#received, position);
  }

  /**
   * Sends what there is and may be sent, and says `standstill`, once, behind the last sample.
   * @returns whether it was said just now
   */
  pump(standstill: Standstill | undefined): boolean {
    // Audio has come since: the next pause is another one.
    if (!standstill) this.#said = undefined;
    this.#sendFrames();
    if (!standstill || this.#said === standstill || this.#sent < this.ring.end) return false;
    this.#said = standstill;
    this.connection.send({ type: standstill });
    return true;
  }

  #sendFrames(): void {
    while (this.#sent < this.ring.end && this.#sent - this.#received < this.connection.window) {
      const frame = this.ring.read(this.#sent, FRAME_SAMPLES);
      this.connection.sendPcm(frame);
      this.#sent += frame.length;
    }
  }
}
