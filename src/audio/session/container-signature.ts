import type { Container } from './segment-decoder.js';

/** How a recording's header is told within the bytes of a session. */
export interface Signature {
  container: Container;
  /** What the header begins with, where that is not the magic itself. */
  lead: Buffer;
  magic: Buffer;
  magicAt: number;
  /** Bytes that `isHeader` looks at. */
  bytes: number;
  /**
   * Whether a recording begins here. So strict that compressed audio holds it by chance less than once in 2^40 bytes, because
   * a restarted recorder's header may come anywhere, even in the middle of an element that was cut off.
   */
  isHeader: (this: void, bytes: Buffer) => boolean;
}

const MAX_EBML_HEADER_BYTES = 1_024;
/** First bytes of what an EBML header may begin with: its own elements (0x42..), Void, CRC-32. RFC 8794, section 11.2. */
const EBML_HEADER_CHILDREN: ReadonlySet<number> = new Set([0x42, 0xec, 0xbf]);

// FLAC is not among them, because Ogg wraps its header as it is; a FLAC behind a FLAC is found by its frames.
export const SIGNATURES: readonly Signature[] = [
  // Magic, a size of up to eight bytes, the first byte of a child.
  { container: 'webm', ...beginning(Buffer.from('1a45dfa3', 'hex')), bytes: 13, isHeader: isEbmlHeader },
  { container: 'ogg', ...beginning(Buffer.from('OggS')), bytes: 36, isHeader: isOpusStart },
  { container: 'wav', ...beginning(Buffer.from('RIFF')), bytes: 12, isHeader: isWave },
  { container: 'wav', ...beginning(Buffer.from('RF64')), bytes: 12, isHeader: isWave },
  {
    container: 'mp4',
    lead: Buffer.alloc(3),
    magic: Buffer.from('ftyp'),
    magicAt: 4,
    bytes: 12,
    isHeader: isFileType,
  },
];

function beginning(magic: Buffer): Pick<Signature, 'lead' | 'magic' | 'magicAt'> {
  return { lead: magic, magic, magicAt: 0 };
}

function isEbmlHeader(bytes: Buffer): boolean {
  const sizeBytes = Math.clz32(bytes[4]!) - 23;
  if (sizeBytes > 8) return false;
  let size = bytes[4]! & (0xff >> sizeBytes);
  for (let index = 1; index < sizeBytes; index++) size = size * 256 + bytes[4 + index]!;
  return size > 0 && size <= MAX_EBML_HEADER_BYTES && EBML_HEADER_CHILDREN.has(bytes[4 + sizeBytes]!);
}

/** First page of a logical stream, one packet long, with an Opus header in it. */
function isOpusStart(bytes: Buffer): boolean {
  return bytes[4] === 0 && (bytes[5]! & 2) !== 0 && bytes.toString('latin1', 28, 36) === 'OpusHead';
}

function isWave(bytes: Buffer): boolean {
  return bytes.toString('latin1', 8, 12) === 'WAVE';
}

/** A box of less than 256 bytes with a printable brand. */
function isFileType(bytes: Buffer): boolean {
  return bytes[3]! >= 16 && /^[\x20-\x7e]{4}$/.test(bytes.toString('latin1', 8, 12));
}
