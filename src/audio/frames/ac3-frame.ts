import type { MpegFrame } from './mpeg-frame.js';

export interface Ac3Frame extends MpegFrame {
  /** E-AC-3 (Dolby Digital Plus). */
  isEnhanced: boolean;
}

const HEADER_BYTES = 7;
const SAMPLE_RATES = [48_000, 44_100, 32_000];
const REDUCED_SAMPLE_RATES = [24_000, 22_050, 16_000];
/** By half of the frame size code. */
const KBITS = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];
const BLOCK_SAMPLES = 256;
const BLOCKS_OF_AC3 = 6;
const BLOCKS_BY_CODE = [1, 2, 3, 6];
const REDUCED = 3;
/** Versions up to this one are AC-3, up to 16 E-AC-3. */
const LAST_AC3 = 10;
const LAST_EAC3 = 16;

/** A frame of AC-3 or E-AC-3. ETSI TS 102 366, sections 4.4.1 and E.1.3.1. */
export function parseAc3Frame(bytes: Buffer): Ac3Frame | undefined {
  if (bytes.length < HEADER_BYTES || bytes[0] !== 0x0b || bytes[1] !== 0x77) return undefined;
  const version = bytes[5]! >> 3;
  if (version > LAST_EAC3) return undefined;
  return version <= LAST_AC3 ? ac3(bytes, Math.max(0, version - 8)) : eac3(bytes);
}

function ac3(bytes: Buffer, halvings: number): Ac3Frame | undefined {
  const rate = SAMPLE_RATES[bytes[4]! >> 6];
  const code = bytes[4]! & 63;
  const kbits = KBITS[code >> 1];
  if (rate === undefined || kbits === undefined) return undefined;
  const words =
    Math.floor((kbits * 1_000 * BLOCKS_OF_AC3 * BLOCK_SAMPLES) / rate / 16) +
    (rate === 44_100 ? code & 1 : 0);
  const samples = BLOCKS_OF_AC3 * BLOCK_SAMPLES;
  return { bytes: 2 * words, samples, sampleRate: rate >> halvings, delaySamples: 0, isEnhanced: false };
}

function eac3(bytes: Buffer): Ac3Frame | undefined {
  const size = 2 * ((((bytes[2]! & 7) << 8) | bytes[3]!) + 1);
  const rateCode = bytes[4]! >> 6;
  const detail = (bytes[4]! >> 4) & 3;
  const rate = rateCode === REDUCED ? REDUCED_SAMPLE_RATES[detail] : SAMPLE_RATES[rateCode];
  if (rate === undefined || size < HEADER_BYTES) return undefined;
  const blocks = rateCode === REDUCED ? BLOCKS_OF_AC3 : BLOCKS_BY_CODE[detail]!;
  // A dependent part adds channels to the frame before it, and no samples.
  const isDependent = bytes[2]! >> 6 === 1;
  return {
    bytes: size,
    samples: isDependent ? 0 : blocks * BLOCK_SAMPLES,
    sampleRate: rate,
    delaySamples: 0,
    isEnhanced: true,
  };
}
