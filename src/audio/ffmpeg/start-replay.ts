import type { Replay, Resumption } from './replay.js';

const MAX_KEPT_BYTES = 1_048_576;

/**
 * Streams whose frames we cannot tell apart: while the recording is short a fresh process is fed all of it again. Later it gets
 * the header, where that has a fixed size (FLAC), and finds the next frame by itself; what the dead process had not given is
 * lost.
 */
export class StartReplay implements Replay {
  private parts: Buffer[] = [];
  private keptBytes = 0;
  private isWhole = true;

  constructor(private readonly headerBytes: number) {}

  note(bytes: Buffer): void {
    if (!this.isWhole) return;
    this.parts.push(Buffer.from(bytes));
    this.keptBytes += bytes.length;
    if (this.keptBytes <= MAX_KEPT_BYTES) return;
    this.isWhole = false;
    this.parts = [Buffer.from(Buffer.concat(this.parts).subarray(0, this.headerBytes))];
  }

  from(given: number): Resumption | undefined {
    if (!this.isWhole && this.headerBytes === 0) return undefined;
    return { bytes: this.parts, position: this.isWhole ? 0 : given };
  }
}
