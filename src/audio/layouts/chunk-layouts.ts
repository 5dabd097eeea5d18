import { DecodeFailedError } from '../../common/errors/session-errors.js';
import { ByteWindow } from '../byte-window.js';
import type { FrameStream } from '../recording/frame-chain.js';
import type { Layout } from '../recording/layout-segment.js';

/** How a file of chunks is laid out, all numbers big-endian. */
export interface ChunkStyle {
  /** Before the first chunk. */
  headerBytes: number;
  sizeBytes: 4 | 8;
  /** Whether a chunk of an odd size is followed by a padding byte. */
  isPadded: boolean;
}

export interface Chunk {
  type: string;
  /** The bytes of a wanted chunk, which is given when it is complete. Other chunks are given when they begin, without a body. */
  body: Buffer | undefined;
}

const TYPE_BYTES = 4;
const MAX_WINDOW_BYTES = 65_536;
/** The descriptions that are wanted have less than 100. */
const MAX_BODY_BYTES = 4_096;

/** Walks through the chunks at the beginning of a recording, wherever it was cut. Only wanted chunks are kept. */
export class ChunkWalker {
  private readonly window = new ByteWindow(MAX_WINDOW_BYTES);
  private skipBytes: number;

  constructor(
    private readonly style: ChunkStyle,
    private readonly wanted: readonly string[],
  ) {
    this.skipBytes = style.headerBytes;
  }

  *write(bytes: Buffer): Generator<Chunk> {
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

/** https://developer.apple.com/library/archive/documentation/MusicAudio/Reference/CAFSpec */
const CAF: ChunkStyle = { headerBytes: 8, sizeBytes: 8, isPadded: false };
/** https://www-mmsp.ece.mcgill.ca/Documents/AudioFormats/AIFF/Docs/AIFF-1.3.pdf */
const AIFF: ChunkStyle = { headerBytes: 12, sizeBytes: 4, isPadded: true };

/** In the description of the audio: a code for the coding, bytes per packet, and frames per packet. */
const CODING_AT = 8;
const PACKET_BYTES_AT = 16;
const PACKET_FRAMES_AT = 20;

/**
 * CAF, as iOS records it. Where packets differ in size (ALAC, AAC) a table tells how, and recorders write it behind the audio.
 */
export class CafLayout implements Layout {
  private readonly chunks = new ChunkWalker(CAF, ['desc']);
  private coding = '';
  private needsTable = true;
  private choice: 'live' | 'whole' | undefined;

  write(bytes: Buffer): 'live' | 'whole' | undefined {
    return (this.choice ??= this.choose(bytes));
  }

  mayHold(stream: FrameStream): boolean {
    return { mp3: '.mp3', ac3: 'ac-3', eac3: 'ec-3', aac: '', mpegts: '' }[stream] === this.coding;
  }

  private choose(bytes: Buffer): 'live' | 'whole' | undefined {
    for (const { type, body } of this.chunks.write(bytes)) {
      if (body !== undefined) this.describe(body);
      else if (type === 'pakt') this.needsTable = false;
      else if (type === 'data') {
        if (this.coding === '')
          throw new DecodeFailedError('The CAF recording does not say how its audio is coded.');
        return this.needsTable ? 'whole' : 'live';
      }
    }
    return undefined;
  }

  private describe(body: Buffer): void {
    if (body.length < PACKET_FRAMES_AT + 4) throw new DecodeFailedError('The CAF header is damaged.');
    this.coding = body.toString('latin1', CODING_AT, CODING_AT + 4);
    const isConstant = body.readUInt32BE(PACKET_BYTES_AT) > 0 && body.readUInt32BE(PACKET_FRAMES_AT) > 0;
    if (isConstant) this.needsTable = false;
  }
}

/** AIFF and AIFC, whose chunks may come in any order. */
export class AiffLayout implements Layout {
  private readonly chunks = new ChunkWalker(AIFF, []);
  private isDescribed = false;
  private choice: 'live' | 'whole' | undefined;

  write(bytes: Buffer): 'live' | 'whole' | undefined {
    return (this.choice ??= this.choose(bytes));
  }

  private choose(bytes: Buffer): 'live' | 'whole' | undefined {
    for (const { type } of this.chunks.write(bytes)) {
      if (type === 'COMM') this.isDescribed = true;
      else if (type === 'SSND') return this.isDescribed ? 'live' : 'whole';
    }
    return undefined;
  }
}
