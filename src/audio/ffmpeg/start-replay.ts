import type { Replay, Resumption } from './replay.js';

const MAX_KEPT_BYTES = 1_048_576;

/** Streams whose parts we cannot tell from each other: as long as the recording is short, a fresh process is fed all of it again. */
export class StartReplay implements Replay {
  private parts: Buffer[] = [];
  private keptBytes = 0;

  note(bytes: Buffer): void {
    this.keptBytes += bytes.length;
    if (this.keptBytes <= MAX_KEPT_BYTES) this.parts.push(Buffer.from(bytes));
    else this.parts = [];
  }

  from(): Resumption | undefined {
    return this.keptBytes <= MAX_KEPT_BYTES ? { bytes: this.parts, position: 0 } : undefined;
  }

  /** Unknown to the end. */
  settledAt(): undefined {
    return undefined;
  }
}
