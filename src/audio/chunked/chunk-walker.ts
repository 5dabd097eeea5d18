import { ByteWindow } from '../byte-window.js';

/** How a file of chunks is laid out, all numbers big-endian. */
export interface ChunkStyle {
  /** Before the first chunk. */
  headerBytes: number;
  sizeBytes: 4 | 8;
  /** Whether a chunk of an odd size is followed by a byte of nothing. */
  isPadded: boolean;
}

export interface Chunk {
  type: string;
  /** Of those that are wanted; then the chunk is told of when it is complete, else when it begins. */
  body: Buffer | undefined;
}

const TYPE_BYTES = 4;
const MAX_WINDOW_BYTES = 65_536;
/** The descriptions that are wanted have less than a hundred. */
const MAX_BODY_BYTES = 4_096;

/** Walks through the chunks at the beginning of a recording, wherever it was cut. Nothing is kept of what nobody wants. */
export class ChunkWalker {
  private readonly window = new ByteWindow(MAX_WINDOW_BYTES);
  private skipBytes: number;

  constructor(
    private readonly style: ChunkStyle,
    private readonly wanted: readonly string[],
  ) {
    this.skipBytes = style.headerBytes;
  }

  *push(bytes: Buffer): Generator<Chunk> {
    this.window.append(bytes);
    for (;;) {
      const skipped = Math.min(this.skipBytes, this.window.length);
      this.window.consume(skipped);
      this.skipBytes -= skipped;
      const chunk = this.skipBytes > 0 ? undefined : this.next();
      if (chunk === undefined) return;
      yield chunk;
    }
  }

  /** The chunk at the start of the window. It is passed over next. */
  private next(): Chunk | undefined {
    const { bytes } = this.window;
    const { sizeBytes, isPadded } = this.style;
    const headerBytes = TYPE_BYTES + sizeBytes;
    if (bytes.length < headerBytes) return undefined;
    const type = bytes.toString('latin1', 0, TYPE_BYTES);
    const size = sizeBytes === 8 ? Number(bytes.readBigInt64BE(TYPE_BYTES)) : bytes.readUInt32BE(TYPE_BYTES);
    const isWanted = this.wanted.includes(type) && size <= MAX_BODY_BYTES;
    if (isWanted && bytes.length < headerBytes + size) return undefined;
    const body = isWanted ? Buffer.from(bytes.subarray(headerBytes, headerBytes + size)) : undefined;
    // A size below zero says that the chunk reaches to the end.
    this.skipBytes = headerBytes + (size < 0 ? Infinity : size + (isPadded ? size % 2 : 0));
    return { type, body };
  }
}
