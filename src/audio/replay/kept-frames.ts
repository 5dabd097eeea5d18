import { ByteWindow } from '../byte-window.js';

/** Memory of a frame besides its bytes. It counts, as there may be hundreds of thousands of frames of a few bytes. */
const ENTRY_BYTES = 128;

export interface KeptFrame {
  /** Where its bytes begin among all that were appended. */
  readonly at: number;
  /** Where it begins, in samples of the recording; undefined while that is not known. */
  position: number | undefined;
}

/** The latest frames of a recording, back to back in one piece of memory of bounded size. */
export class KeptFrames {
  private readonly window: ByteWindow;
  private readonly frames: KeptFrame[] = [];

  constructor(private readonly maxBytes: number) {
    this.window = new ByteWindow(2 * maxBytes);
  }

  get latest(): KeptFrame | undefined {
    return this.frames.at(-1);
  }

  /** What is appended from now on belongs to another frame. */
  begin(position?: number): KeptFrame {
    const frame = { at: this.window.offset + this.window.length, position };
    this.frames.push(frame);
    while (this.size > this.maxBytes && this.frames.length > 1) this.forgetFirst();
    return frame;
  }

  /** Bytes before the first frame are not kept, nor is a frame longer than all that may be kept. */
  append(bytes: Buffer): void {
    if (this.frames.length === 0 || bytes.length === 0) return;
    while (this.size + bytes.length > this.maxBytes && this.frames.length > 0) this.forgetFirst();
    if (this.frames.length > 0) this.window.append(bytes);
  }

  /** The latest frame that is fit to begin with, else the first. Undefined when there is none. */
  choose(isFit: (position: number) => boolean): KeptFrame | undefined {
    const fit = this.frames.findLast(({ position }) => position !== undefined && isFit(position));
    return fit ?? this.frames[0];
  }

  /** All bytes from a frame on, as a view that is valid until something is appended. */
  from({ at }: KeptFrame): Buffer {
    return this.window.bytes.subarray(at - this.window.offset);
  }

  private get size(): number {
    return this.window.length + this.frames.length * ENTRY_BYTES;
  }

  private forgetFirst(): void {
    this.frames.shift();
    const end = this.frames[0]?.at ?? this.window.offset + this.window.length;
    this.window.consume(end - this.window.offset);
  }
}
