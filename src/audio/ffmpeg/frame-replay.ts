import type { Replay, Resumption } from './replay.js';

/**
 * Streams of self-contained frames (ADTS, MP3, FLAC): a fresh process finds the next frame by itself, after the first bytes of
 * the stream where those hold a header. What the dead process had not given yet is lost.
 */
export class FrameReplay implements Replay {
  private header = Buffer.alloc(0);

  constructor(private readonly headerBytes: number) {}

  note(bytes: Buffer): void {
    const missing = this.headerBytes - this.header.length;
    if (missing > 0) this.header = Buffer.concat([this.header, bytes.subarray(0, missing)]);
  }

  from(given: number): Resumption {
    return { bytes: [this.header], position: given };
  }
}
