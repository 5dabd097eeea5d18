import { DecodeFailedError } from '../common/errors/session-errors.js';

const FIRST_CAPACITY_BYTES = 4_096;

/**
 * The unread end of a byte stream: bytes are added behind and consumed in front, without copying what is already there each
 * time. What `bytes` shows is valid until the next `append`.
 */
export class ByteWindow {
  private buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY_BYTES);
  private start = 0;
  private end = 0;
  private consumed = 0;

  constructor(private readonly maxBytes: number) {}

  get length(): number {
    return this.end - this.start;
  }

  /** Where `bytes` begins in the stream. */
  get offset(): number {
    return this.consumed;
  }

  get bytes(): Buffer {
    return this.buffer.subarray(this.start, this.end);
  }

  /** @throws DecodeFailedError when more would wait than the window may hold */
  append(bytes: Uint8Array): void {
    if (this.end + bytes.length > this.buffer.length) this.makeRoom(bytes.length);
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
  }

  consume(count: number): void {
    this.start += count;
    this.consumed += count;
    if (this.start === this.end) {
      this.start = 0;
      this.end = 0;
    }
  }

  private makeRoom(count: number): void {
    const needed = this.length + count;
    if (needed > this.maxBytes) throw new DecodeFailedError('The recording holds a part that is too large.');
    if (needed <= this.buffer.length / 2) {
      this.buffer.copyWithin(0, this.start, this.end);
    } else {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
      this.buffer.copy(larger, 0, this.start, this.end);
      this.buffer = larger;
    }
    this.end -= this.start;
    this.start = 0;
  }
}
