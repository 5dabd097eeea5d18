import { DecodeFailedError } from '../../common/errors/session-errors.js';
import { ByteWindow } from '../byte-window.js';
import type { DecoderLimits } from '../decoder-limits.js';
import type { Workload } from '../workload.js';

/** RFC 3533, section 6. */
export interface OggPage {
  serial: number;
  sequence: number;
  /** Position of the stream at the end of this page; -1 when no packet ends on it. */
  granule: number;
  isContinued: boolean;
  isFirst: boolean;
  isLast: boolean;
  /** The pieces of packets; all but the last are complete, the last one if `isLastPieceComplete`. */
  pieces: Buffer[];
  isLastPieceComplete: boolean;
  /** Where the next page begins, in bytes of the stream. */
  nextAt: number;
}

const CAPTURE = Buffer.from('OggS');
const HEADER_BYTES = 27;
const VERSION = 0;
const CHECKSUM_AT = 22;
const MAX_PAGE_BYTES = HEADER_BYTES + 255 + 255 * 255;
const CONTINUED = 1;
const FIRST = 2;
const LAST = 4;
/**
 * A page with a wrong checksum is read in vain and then again from its second byte on, as another page may begin within it. In a
 * damaged recording each byte is read twice; in a hostile one, made of starts of pages of the largest size, two thousand times.
 */
const MAX_VAIN_READS_PER_BYTE = 4;

/** Finds the intact pages in a byte stream. What is between them, or has a wrong checksum, is passed over. */
export class OggPageReader {
  private readonly window = new ByteWindow(2 * MAX_PAGE_BYTES);
  private lostBytes = 0;
  private vainBytes = 0;

  constructor(
    private readonly limits: DecoderLimits,
    private readonly work: Workload,
  ) {}

  /** Pages are views of memory that the next call overwrites. */
  *write(bytes: Uint8Array): Generator<OggPage> {
    this.window.append(bytes);
    while (this.seek()) {
      const page = this.window.bytes;
      const size = pageBytes(page);
      if (size === 'more' || (size !== 'damaged' && page.length < size)) return;
      if (size !== 'damaged' && this.isIntact(page.subarray(0, size))) {
        this.lostBytes = 0;
        yield parsePage(page.subarray(0, size), this.window.offset + size);
        this.window.consume(size);
      } else {
        this.lose(1);
      }
    }
  }

  /** A page that is still incomplete is none, as no more bytes come; there may be pages within it. */
  *finish(): Generator<OggPage> {
    while (this.seek()) {
      this.lose(1);
      yield* this.write(new Uint8Array(0));
    }
  }

  private isIntact(page: Buffer): boolean {
    this.work.add('bytes', page.length);
    if (oggPageCrc(page) === page.readUInt32LE(CHECKSUM_AT)) return true;
    this.vainBytes += page.length;
    if (this.vainBytes > MAX_PAGE_BYTES + MAX_VAIN_READS_PER_BYTE * (this.window.offset + page.length))
      throw damaged();
    return false;
  }

  /** Moves to where a page may begin. */
  private seek(): boolean {
    const at = this.window.bytes.indexOf(CAPTURE);
    const passed = at >= 0 ? at : Math.max(0, this.window.length - CAPTURE.length + 1);
    this.work.add('bytes', passed + CAPTURE.length);
    this.lose(passed);
    return at >= 0;
  }

  private lose(count: number): void {
    this.window.consume(count);
    this.lostBytes += count;
    if (this.lostBytes > this.limits.maxResyncBytes) throw damaged();
  }
}

function damaged(): DecodeFailedError {
  return new DecodeFailedError('The Ogg recording is damaged.');
}

function pageBytes(page: Buffer): number | 'more' | 'damaged' {
  if (page.length < HEADER_BYTES) return 'more';
  if (page[4] !== VERSION || page[5]! > (CONTINUED | FIRST | LAST)) return 'damaged';
  const segments = page[26]!;
  if (page.length < HEADER_BYTES + segments) return 'more';
  let size = HEADER_BYTES + segments;
  for (let index = 0; index < segments; index++) size += page[HEADER_BYTES + index]!;
  return size;
}

function parsePage(page: Buffer, nextAt: number): OggPage {
  const flags = page[5]!;
  const segments = page[26]!;
  const pieces: Buffer[] = [];
  let start = HEADER_BYTES + segments;
  let end = start;
  let isComplete = true;
  for (let index = 0; index < segments; index++) {
    const size = page[HEADER_BYTES + index]!;
    end += size;
    isComplete = size < 255;
    if (isComplete || index === segments - 1) {
      pieces.push(page.subarray(start, end));
      start = end;
    }
  }
  return {
    serial: page.readUInt32LE(14),
    sequence: page.readUInt32LE(18),
    granule: Number(page.readBigInt64LE(6)),
    isContinued: (flags & CONTINUED) !== 0,
    isFirst: (flags & FIRST) !== 0,
    isLast: (flags & LAST) !== 0,
    pieces,
    isLastPieceComplete: isComplete,
    nextAt,
  };
}

const POLYNOMIAL = 0x04c11db7;
const CRC_AT = 22;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x8000_0000 ? (value << 1) ^ POLYNOMIAL : value << 1;
  return value >>> 0;
});

/** Checksum of a page with its own checksum field read as zero. RFC 3533, section 6; not the CRC-32 of zlib. */
export function oggPageCrc(page: Uint8Array): number {
  let crc = 0;
  for (let index = 0; index < page.length; index++) {
    const byte = index >= CRC_AT && index < CRC_AT + 4 ? 0 : page[index]!;
    crc = (crc << 8) ^ TABLE[((crc >>> 24) ^ byte) & 0xff]!;
  }
  return crc >>> 0;
}
