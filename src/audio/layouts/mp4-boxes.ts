import { DecodeFailedError } from '../../common/errors/session-errors.js';

/** A stretch of bytes of one top-level box. ISO/IEC 14496-12, section 4.2. */
export interface BoxPart {
  type: string;
  bytes: Buffer;
  isStart: boolean;
  isEnd: boolean;
}

const HEADER_BYTES = 8;
const LONG_HEADER_BYTES = 16;

/** Splits a stream at its top-level boxes, wherever it was cut. */
export class Mp4BoxWalker {
  private header = Buffer.alloc(0);
  private type = '';
  /** Bytes of the current box to come. */
  private left = 0;

  *write(chunk: Buffer): Generator<BoxPart> {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.left > 0) {
        const bytes = rest.subarray(0, Math.min(this.left, rest.length));
        this.left -= bytes.length;
        rest = rest.subarray(bytes.length);
        yield { type: this.type, bytes, isStart: false, isEnd: this.left === 0 };
      } else {
        const needed = headerBytes(this.header);
        const taken = rest.subarray(0, needed - this.header.length);
        this.header = Buffer.concat([this.header, taken]);
        rest = rest.subarray(taken.length);
        if (this.header.length === headerBytes(this.header)) yield this.enter();
      }
    }
  }

  private enter(): BoxPart {
    const bytes = this.header;
    this.header = Buffer.alloc(0);
    this.type = bytes.toString('latin1', 4, 8);
    this.left = boxBytes(bytes) - bytes.length;
    if (!(this.left >= 0)) throw new DecodeFailedError('The MP4 recording is damaged.');
    return { type: this.type, bytes, isStart: true, isEnd: this.left === 0 };
  }
}

/** A size of 1 says that the real one follows the type. */
function headerBytes(header: Buffer): number {
  return header.length >= HEADER_BYTES && header.readUInt32BE(0) === 1 ? LONG_HEADER_BYTES : HEADER_BYTES;
}

/** A size of 0 says that the box reaches to the end. */
function boxBytes(header: Buffer): number {
  const size = header.readUInt32BE(0);
  if (size === 1) return Number(header.readBigUInt64BE(8));
  return size === 0 ? Infinity : size;
}

/** The body of the first box at a path of types, in a box that is wholly in memory. */
export function findBox(bytes: Buffer, [type, ...rest]: readonly string[]): Buffer | undefined {
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const size = bytes.readUInt32BE(at);
    if (size < HEADER_BYTES || at + size > bytes.length) return undefined;
    const body = bytes.subarray(at + HEADER_BYTES, at + size);
    if (bytes.toString('latin1', at + 4, at + 8) === type)
      return rest.length === 0 ? body : findBox(body, rest);
    at += size;
  }
  return undefined;
}
