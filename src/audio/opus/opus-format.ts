import { DecodeFailedError, UnsupportedAudioError } from '../../common/errors/session-errors.js';

/** What the decoder has to know of an Opus stream. RFC 7845, section 5.1. */
export interface OpusHead {
  /** Samples at 48 kHz that belong to the encoder's start and not to the recording. */
  preSkipSamples: number;
  /** Factor by which the recorder wants the output multiplied. */
  gain: number;
}

const MAGIC = 'OpusHead';
const HEAD_BYTES = 19;
const DB_PER_Q8 = 256;

/** Of a recording that came without a header of its own, as some writers of WebM leave it out. */
export const DEFAULT_OPUS_HEAD: OpusHead = { preSkipSamples: 0, gain: 1 };

export function parseOpusHead(bytes: Buffer): OpusHead {
  if (bytes.length < HEAD_BYTES || bytes.toString('latin1', 0, 8) !== MAGIC)
    throw new DecodeFailedError('The Opus header of the recording is damaged.');
  if (bytes[8]! >> 4 !== 0) throw new UnsupportedAudioError('This version of Opus is not supported.');
  if (bytes[18] !== 0) throw new UnsupportedAudioError('Opus with more than two channels is not supported.');
  return { preSkipSamples: bytes.readUInt16LE(10), gain: 10 ** (bytes.readInt16LE(16) / DB_PER_Q8 / 20) };
}

export function isOpusHead(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, 8) === MAGIC;
}

/** Opus counts in samples at 48 kHz, whatever the rate it was recorded at or is decoded to. */
export const OPUS_SAMPLE_RATE = 48_000;
/** A packet holds at most 120 ms. */
const MAX_PACKET_SAMPLES = 5_760;
const MAX_FRAME_BYTES = 1_275;

/** One packet and how much of its end does not belong to the recording, in samples at 48 kHz. */
export interface OpusPacket {
  bytes: Uint8Array;
  trimSamples: number;
}

/** Frame length by the configuration number of the first byte, in samples at 48 kHz. RFC 6716, section 3.1. */
function frameSamples(config: number): number {
  if (config < 12) return [480, 960, 1_920, 2_880][config % 4]!;
  if (config < 16) return [480, 960][config % 2]!;
  return [120, 240, 480, 960][config % 4]!;
}

/** Samples in a packet, 0 when it is malformed (RFC 6716, section 3.4), so that the decoder only meets packets it can take. */
export function opusPacketSamples(packet: Uint8Array): number {
  if (packet.length === 0) return 0;
  const toc = packet[0]!;
  const frames = frameCount(packet, toc & 3);
  const samples = frames * frameSamples(toc >> 3);
  return samples > MAX_PACKET_SAMPLES ? 0 : samples;
}

function frameCount(packet: Uint8Array, code: number): number {
  const body = packet.length - 1;
  if (code === 0) return body <= MAX_FRAME_BYTES ? 1 : 0;
  if (code === 1) return body % 2 === 0 && body / 2 <= MAX_FRAME_BYTES ? 2 : 0;
  if (code === 2) return isTwoFrames(packet) ? 2 : 0;
  return packet.length >= 2 ? manyFrames(packet) : 0;
}

function isTwoFrames(packet: Uint8Array): boolean {
  const first = frameLength(packet, 1);
  if (first === undefined) return false;
  const rest = packet.length - 1 - first.bytes - first.length;
  return rest >= 0 && rest <= MAX_FRAME_BYTES;
}

function manyFrames(packet: Uint8Array): number {
  const head = packet[1]!;
  const count = head & 63;
  let at = 2;
  let room = packet.length - 2;
  if ((head & 64) !== 0) {
    let part: number;
    do {
      if (at >= packet.length) return 0;
      part = packet[at++]!;
      room -= 1 + (part === 255 ? 254 : part);
    } while (part === 255);
  }
  if (count === 0 || room < 0) return 0;
  if ((head & 128) === 0) return room % count === 0 && room / count <= MAX_FRAME_BYTES ? count : 0;
  for (let frame = 0; frame < count - 1; frame++) {
    const size = frameLength(packet, at);
    if (size === undefined) return 0;
    at += size.bytes;
    room -= size.bytes + size.length;
  }
  return room >= 0 && room <= MAX_FRAME_BYTES ? count : 0;
}

function frameLength(packet: Uint8Array, at: number): { length: number; bytes: number } | undefined {
  const first = packet[at];
  if (first === undefined) return undefined;
  if (first < 252) return { length: first, bytes: 1 };
  const second = packet[at + 1];
  return second === undefined ? undefined : { length: first + 4 * second, bytes: 2 };
}
