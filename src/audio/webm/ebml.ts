/**
 * The EBML of RFC 8794, as far as a stream of WebM needs it. IDs are kept with their length marker, as the specifications
 * write them. https://www.matroska.org/technical/elements.html
 */
export const EBML_ID = {
  header: 0x1a45dfa3,
  segment: 0x18538067,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  contentEncodings: 0x6d80,
  cluster: 0x1f43b675,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
  discardPadding: 0x75a2,
} as const;

/** Other elements at the levels that are walked through. */
export const SKIPPED_IDS: readonly number[] = [
  EBML_ID.header,
  0xec, // Void
  0xbf, // CRC-32
  0x114d9b74, // SeekHead
  0x1549a966, // Info
  0x1c53bb6b, // Cues
  0x1254c367, // Tags
  0x1043a770, // Chapters
  0x1941a469, // Attachments
  0xe7, // Timestamp of a cluster
  0xa7, // Position of a cluster
  0xab, // PrevSize of a cluster
  0x5854, // SilentTracks
  0xaf, // EncryptedBlock
];

export interface ElementHeader {
  id: number;
  headerBytes: number;
  /** Undefined when unknown: live recorders cannot go back to write it. */
  size: number | undefined;
}

const MAX_ID_BYTES = 4;
const MAX_SIZE_BYTES = 8;

/** The header at an offset; `more` when it is cut off, `damaged` when no element can begin like this. */
export function readElementHeader(bytes: Buffer, offset: number): ElementHeader | 'more' | 'damaged' {
  if (offset >= bytes.length) return 'more';
  const idBytes = vintBytes(bytes[offset]!);
  if (idBytes > MAX_ID_BYTES) return 'damaged';
  if (offset + idBytes >= bytes.length) return 'more';
  const sizeBytes = vintBytes(bytes[offset + idBytes]!);
  if (sizeBytes > MAX_SIZE_BYTES) return 'damaged';
  const headerBytes = idBytes + sizeBytes;
  if (offset + headerBytes > bytes.length) return 'more';
  const id = bytes.readUIntBE(offset, idBytes);
  return { id, headerBytes, size: readVint(bytes, offset + idBytes, sizeBytes) };
}

/** Length of a variable-size integer by its first byte; 9 when that byte begins none. */
export function vintBytes(first: number): number {
  return Math.clz32(first) - 23;
}

/** Value of a variable-size integer without its marker; undefined when all its bits are set, which means unknown. */
export function readVint(bytes: Buffer, offset: number, length: number): number | undefined {
  let value = bytes[offset]! & (0xff >> length);
  let isUnknown = value === 0xff >> length;
  for (let index = 1; index < length; index++) {
    const byte = bytes[offset + index]!;
    value = value * 256 + byte;
    isUnknown &&= byte === 0xff;
  }
  return isUnknown ? undefined : value;
}

/** The children of an element that is wholly in memory; ends at the first one that does not fit into it. */
export function* childElements(bytes: Buffer): Generator<{ id: number; body: Buffer }> {
  let offset = 0;
  while (offset < bytes.length) {
    const header = readElementHeader(bytes, offset);
    if (header === 'more' || header === 'damaged' || header.size === undefined) return;
    const start = offset + header.headerBytes;
    if (start + header.size > bytes.length) return;
    yield { id: header.id, body: bytes.subarray(start, start + header.size) };
    offset = start + header.size;
  }
}

/** Unsigned integer of 0 to 6 bytes; longer ones occur in no element that we read. */
export function unsignedValue(body: Buffer): number {
  return body.length === 0 || body.length > 6 ? 0 : body.readUIntBE(0, body.length);
}

export function signedValue(body: Buffer): number {
  return body.length === 0 || body.length > 6 ? 0 : body.readIntBE(0, body.length);
}
