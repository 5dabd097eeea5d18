/** A frame of a stream of self-contained frames, or a tag between them. */
export interface MpegFrame {
  bytes: number;
  /** Samples at the rate of the recording; 0 for what is no audio. */
  samples: number;
  sampleRate: number;
  /** Samples that the decoder leaves out at the start of the recording because of what this frame says. */
  delaySamples: number;
}

/** The frame at the start of `bytes`; undefined when none begins there. Needs as many bytes as `LONGEST_HEADER_BYTES`. */
export type FrameParser = (bytes: Buffer) => MpegFrame | undefined;

/** ADTS needs 7, an Info tag of MP3 with side information and LAME's part 182. */
export const LONGEST_HEADER_BYTES = 192;

const ADTS_SAMPLE_RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];
const ADTS_HEADER_BYTES = 7;
const ADTS_BLOCK_SAMPLES = 1_024;

/** A frame of AAC in ADTS. ISO/IEC 14496-3, section 1.A.2.2. */
export function parseAdtsFrame(bytes: Buffer): MpegFrame | undefined {
  if (bytes.length < ADTS_HEADER_BYTES || bytes[0] !== 0xff || (bytes[1]! & 0xf6) !== 0xf0) return undefined;
  const sampleRate = ADTS_SAMPLE_RATES[(bytes[2]! >> 2) & 15];
  const size = ((bytes[3]! & 3) << 11) | (bytes[4]! << 3) | (bytes[5]! >> 5);
  if (sampleRate === undefined || size < ADTS_HEADER_BYTES) return undefined;
  return { bytes: size, samples: ADTS_BLOCK_SAMPLES * ((bytes[6]! & 3) + 1), sampleRate, delaySamples: 0 };
}

const KBITS_MPEG_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const KBITS_MPEG_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const SAMPLE_RATES_MPEG_1 = [44_100, 48_000, 32_000];
const MPEG_1 = 3;
const MPEG_2_5 = 0;
const LAYER_3 = 1;
const MONO = 3;
const MP3_HEADER_BYTES = 4;
const ID3_HEADER_BYTES = 10;
/** From an Info tag to the delay that LAME writes into it. */
const LAME_DELAY_AT = 141;
/** What decoders add to LAME's delay, as ffmpeg counts it. */
const DECODER_DELAY_SAMPLES = 529;

/** A frame of MPEG audio layer III, or a tag before it. ISO/IEC 11172-3, section 2.4.1; 13818-3 for the lower rates. */
export function parseMp3Frame(bytes: Buffer): MpegFrame | undefined {
  if (bytes[0] === 0x49 && bytes.toString('latin1', 0, 3) === 'ID3' && bytes.length >= ID3_HEADER_BYTES)
    return id3Tag(bytes);
  if (bytes.length < MP3_HEADER_BYTES || bytes[0] !== 0xff || (bytes[1]! & 0xe0) !== 0xe0) return undefined;
  const version = (bytes[1]! >> 3) & 3;
  const kbits = (version === MPEG_1 ? KBITS_MPEG_1 : KBITS_MPEG_2)[bytes[2]! >> 4];
  const baseRate = SAMPLE_RATES_MPEG_1[(bytes[2]! >> 2) & 3];
  if (version === 1 || ((bytes[1]! >> 1) & 3) !== LAYER_3 || !kbits || baseRate === undefined)
    return undefined;
  const sampleRate = version === MPEG_1 ? baseRate : baseRate / (version === MPEG_2_5 ? 4 : 2);
  const samples = version === MPEG_1 ? 1_152 : 576;
  const padding = (bytes[2]! >> 1) & 1;
  const size = Math.floor(((samples / 8) * kbits * 1_000) / sampleRate) + padding;
  const infoAt = infoTagAt(bytes);
  const frame = { bytes: size, sampleRate };
  return isInfo(bytes, infoAt)
    ? { ...frame, samples: 0, delaySamples: lameDelay(bytes, infoAt) }
    : { ...frame, samples, delaySamples: 0 };
}

/** Where an Info or Xing tag is in the first frame. */
export function infoTagAt(bytes: Buffer): number {
  return MP3_HEADER_BYTES + sideInformationBytes((bytes[1]! >> 3) & 3, bytes[3]! >> 6);
}

/** Its size is written in four times seven bits. https://id3.org/id3v2.4.0-structure */
function id3Tag(bytes: Buffer): MpegFrame {
  const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + (bytes[at]! & 127), 0);
  return { bytes: ID3_HEADER_BYTES + size, samples: 0, sampleRate: 1, delaySamples: 0 };
}

function sideInformationBytes(version: number, channelMode: number): number {
  if (version === MPEG_1) return channelMode === MONO ? 17 : 32;
  return channelMode === MONO ? 9 : 17;
}

/** Whether the frame holds a tag about the recording and no sound. */
function isInfo(bytes: Buffer, at: number): boolean {
  const tag = bytes.toString('latin1', at, at + 4);
  return tag === 'Info' || tag === 'Xing';
}

function lameDelay(bytes: Buffer, infoAt: number): number {
  const at = infoAt + LAME_DELAY_AT;
  if (at + 1 >= bytes.length) return 0;
  const delay = (bytes[at]! << 4) | (bytes[at + 1]! >> 4);
  return delay === 0 ? 0 : delay + DECODER_DELAY_SAMPLES;
}
