import { BYTES_PER_SAMPLE, SPEECH_SAMPLE_RATE } from '../../../common/audio/pcm.js';

const HEADER_BYTES = 44;

/** A WAV file (RIFF, PCM s16le, mono, 16 kHz) of samples in -1..1. */
export function encodeWav(samples: Float32Array): Buffer {
  const dataBytes = samples.length * BYTES_PER_SAMPLE;
  const file = Buffer.alloc(HEADER_BYTES + dataBytes);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(HEADER_BYTES - 8 + dataBytes, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(SPEECH_SAMPLE_RATE, 24);
  file.writeUInt32LE(SPEECH_SAMPLE_RATE * BYTES_PER_SAMPLE, 28);
  file.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  file.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(dataBytes, 40);
  samples.forEach((sample, index) => {
    const value = Math.round(Math.max(-1, Math.min(1, sample)) * 32_767);
    file.writeInt16LE(value, HEADER_BYTES + index * BYTES_PER_SAMPLE);
  });
  return file;
}
