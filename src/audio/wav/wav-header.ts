import { DecodeFailedError, UnsupportedAudioError } from '../../common/errors/session-errors.js';
import type { PcmFormat } from '../pcm/pcm-decoder.js';
import type { PcmEncoding } from '../pcm/sample-readers.js';

const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_EXTENSIBLE = 0xfffe;
const MAX_SAMPLE_RATE = 192_000;
const MIN_SAMPLE_RATE = 4_000;
const MAX_CHANNELS = 8;

const ENCODINGS: Record<string, PcmEncoding> = {
  '1/8': 'u8',
  '1/16': 's16le',
  '1/24': 's24le',
  '1/32': 's32le',
  '3/32': 'f32le',
  '3/64': 'f64le',
};

/** Body of a `fmt ` chunk. http://soundfile.sapp.org/doc/WaveFormat/ and, for 0xFFFE, WAVEFORMATEXTENSIBLE. */
export function parseWavFormat(body: Buffer): PcmFormat {
  if (body.length < 16) throw new DecodeFailedError('The WAV header is damaged.');
  const tag = body.readUInt16LE(0);
  const isExtensible = tag === FORMAT_EXTENSIBLE && body.length >= 26;
  const format = isExtensible ? body.readUInt16LE(24) : tag;
  const channels = body.readUInt16LE(2);
  const sampleRate = body.readUInt32LE(4);
  const encoding = ENCODINGS[`${format}/${body.readUInt16LE(14)}`];
  if (encoding === undefined) {
    const kind = format === FORMAT_PCM || format === FORMAT_FLOAT ? 'this sample size' : 'this compression';
    throw new UnsupportedAudioError(`WAV audio with ${kind} is not supported.`);
  }
  if (channels < 1 || channels > MAX_CHANNELS)
    throw new UnsupportedAudioError(`WAV audio must have 1 to ${MAX_CHANNELS} channels.`);
  if (sampleRate < MIN_SAMPLE_RATE || sampleRate > MAX_SAMPLE_RATE)
    throw new UnsupportedAudioError(
      `The sample rate of WAV audio must be ${MIN_SAMPLE_RATE} to ${MAX_SAMPLE_RATE} Hz.`,
    );
  return { encoding, sampleRate, channels };
}
