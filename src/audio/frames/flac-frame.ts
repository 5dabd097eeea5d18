/** The header of a FLAC frame. RFC 9639, section 9.1. */
export interface FlacFrame {
  /** Samples of the recording at its own rate. */
  samples: number;
  /** Number of the frame, or of its first sample where frames differ in size. It grows with each frame. */
  number: number;
}

/** Sync code, four bytes of codes, a number of up to seven, sizes and rates of up to two each, and a checksum. */
export const LONGEST_FLAC_HEADER_BYTES = 16;

const SMALLEST_BLOCK_BY_CODE = 256;

/**
 * The frame whose header is at the start of `bytes`, which are as many as the longest header; undefined when none begins there.
 * Compressed audio looks like one by chance less than once in 2^30 bytes.
 */
export function parseFlacFrame(bytes: Buffer): FlacFrame | undefined {
  if (bytes[0] !== 0xff || (bytes[1]! & 0xfe) !== 0xf8) return undefined;
  const blockCode = bytes[2]! >> 4;
  const rateCode = bytes[2]! & 15;
  const depthCode = (bytes[3]! >> 1) & 7;
  if (blockCode === 0 || rateCode === 15 || bytes[3]! >> 4 > 10 || depthCode === 3 || (bytes[3]! & 1) === 1)
    return undefined;
  const coded = readCodedNumber(bytes, 4);
  if (coded === undefined) return undefined;
  let at = 4 + coded.bytes;
  let samples = blockSamples(blockCode);
  if (blockCode === 6) samples = bytes[at++]! + 1;
  else if (blockCode === 7) {
    samples = bytes.readUInt16BE(at) + 1;
    at += 2;
  }
  at += rateCode === 12 ? 1 : rateCode > 12 ? 2 : 0;
  return crc8(bytes.subarray(0, at)) === bytes[at] ? { samples, number: coded.value } : undefined;
}

function blockSamples(code: number): number {
  if (code === 1) return 192;
  return code < 6 ? 576 << (code - 2) : SMALLEST_BLOCK_BY_CODE << (code - 8);
}

/** Coded as in UTF-8, for up to 36 bits. */
function readCodedNumber(bytes: Buffer, at: number): { value: number; bytes: number } | undefined {
  const first = bytes[at]!;
  if (first < 0x80) return { value: first, bytes: 1 };
  const length = Math.clz32(~(first << 24));
  if (length < 2 || length > 7) return undefined;
  let value = first & (0xff >> (length + 1));
  for (let index = 1; index < length; index++) {
    const byte = bytes[at + index]!;
    if (byte >> 6 !== 2) return undefined;
    value = value * 64 + (byte & 63);
  }
  return { value, bytes: length };
}

/** Polynomial x^8 + x^2 + x + 1. */
function crc8(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x80 ? (crc << 1) ^ 0x07 : crc << 1) & 0xff;
  }
  return crc;
}
