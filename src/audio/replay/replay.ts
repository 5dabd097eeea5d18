import { ByteWindow } from '../byte-window.js';

/** Keeps the bytes of a stream that a fresh process needs to go on where one has died. */
export interface Replay {
  /** Call it with the bytes that are written to the process. */
  note(bytes: Buffer): void;
  /**
   * What to feed a fresh process so that it goes on; undefined when it cannot.
   * @param given samples that are known already
   */
  from(given: number): Resumption | undefined;
  /** See `SegmentDecoder.durableFrom`. */
  durableFrom(bytes: number): number | undefined;
}

export interface Resumption {
  bytes: readonly Buffer[];
  /** Sample of the recording with which the output of the fresh process begins. */
  position: number;
}

const MAX_KEPT_BYTES = 1_048_576;

/** For streams that have no parser here: a fresh process is fed the whole recording again, while that is short. */
export class StartReplay implements Replay {
  private kept: ByteWindow | undefined = new ByteWindow(MAX_KEPT_BYTES);

  note(bytes: Buffer): void {
    if (this.kept === undefined) return;
    if (this.kept.length + bytes.length <= MAX_KEPT_BYTES) this.kept.append(bytes);
    else this.kept = undefined;
  }

  from(): Resumption | undefined {
    return this.kept === undefined ? undefined : { bytes: [this.kept.bytes], position: 0 };
  }

  /** Unknown before the end of the recording. */
  durableFrom(): undefined {
    return undefined;
  }
}
