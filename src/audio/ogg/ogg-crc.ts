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
