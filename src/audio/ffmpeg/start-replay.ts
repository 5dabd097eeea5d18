import { ByteWindow } from '../byte-window.js';
import type { Replay, Resumption } from './replay.js';

const MAX_KEPT_BYTES = 1_048_576;

/** Streams whose parts we cannot tell from each other: as long as the recording is short, a fresh process is fed all of it again. */
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

  /** Unknown to the end. */
  settledAt(): undefined {
    return undefined;
  }
}
