import type { Container } from './segment-decoder.js';

interface Signature {
  container: Container;
  magic: Buffer;
  /** Bytes that `isHeader` looks at. */
  bytes: number;
  /**
   * Whether a recording begins here. So strict that compressed audio holds it by chance less than once in 2^40 bytes, because
   * a restarted recorder's header may come anywhere, even in the middle of an element that was cut off.
   */
  isHeader: (this: void, bytes: Buffer) => boolean;
}

/** Bytes that `sniffContainer` wants. */
export const SNIFF_BYTES = 4;

const EBML_MAGIC = Buffer.from([0x1a, 0x45, 0xdf, 0xa3]);
/** Magic, a size of up to eight bytes, the first byte of a child. */
const EBML_START_BYTES = 13;
const MAX_EBML_HEADER_BYTES = 1_024;
/** First bytes of what an EBML header may begin with: its own elements (0x42..), Void, CRC-32. RFC 8794, section 11.2. */
const EBML_HEADER_CHILDREN: ReadonlySet<number> = new Set([0x42, 0xec, 0xbf]);

export const SIGNATURES: readonly Signature[] = [
  { container: 'webm', magic: EBML_MAGIC, bytes: EBML_START_BYTES, isHeader: isEbmlHeader },
  { container: 'ogg', magic: Buffer.from('OggS'), bytes: 36, isHeader: isOpusStart },
  { container: 'wav', magic: Buffer.from('RIFF'), bytes: 12, isHeader: isWave },
  { container: 'wav', magic: Buffer.from('RF64'), bytes: 12, isHeader: isWave },
];

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

/** The container of a recording by its very first bytes, more leniently than in its midst. */
export function sniffContainer(start: Buffer): Container | undefined {
  return SIGNATURES.find(({ magic }) => start.subarray(0, magic.length).equals(magic))?.container;
}

/** A later chunk of a WebM recording, which begins with a cluster, or with a block of track 1 of up to 16 kB. */
export function isHeaderlessWebm(start: Buffer): boolean {
  const magic = start.toString('hex', 0, SNIFF_BYTES);
  return magic === '1f43b675' || /^a3(?:[89a-f].|[4-7]...)81/.test(magic);
}
