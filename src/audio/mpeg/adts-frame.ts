import type { MpegFrame } from './mpeg-frame.js';

const SAMPLE_RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];
const HEADER_BYTES = 7;
const BLOCK_SAMPLES = 1_024;

/** A frame of AAC in ADTS. ISO/IEC 14496-3, section 1.A.2.2. */
export function parseAdtsFrame(bytes: Buffer): MpegFrame | undefined {
  if (bytes.length < HEADER_BYTES || bytes[0] !== 0xff || (bytes[1]! & 0xf6) !== 0xf0) return undefined;
  const sampleRate = SAMPLE_RATES[(bytes[2]! >> 2) & 15];
  const size = ((bytes[3]! & 3) << 11) | (bytes[4]! << 3) | (bytes[5]! >> 5);
  if (sampleRate === undefined || size < HEADER_BYTES) return undefined;
  return { bytes: size, samples: BLOCK_SAMPLES * ((bytes[6]! & 3) + 1), sampleRate, delaySamples: 0 };
}
