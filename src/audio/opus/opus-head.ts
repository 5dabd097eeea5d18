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
