import { BYTES_PER_SAMPLE, SPEECH_SAMPLE_RATE } from '../../../common/audio/pcm.js';
import { WAV_HEADER_BYTES, wavHeader } from '../../../common/audio/wav-header.js';

/** A WAV file (s16le, mono, 16 kHz) of samples in -1..1. */
export function encodeWav(samples: Float32Array): Buffer {
  const pcmBytes = samples.length * BYTES_PER_SAMPLE;
  const file = Buffer.alloc(WAV_HEADER_BYTES + pcmBytes);
  wavHeader(SPEECH_SAMPLE_RATE, pcmBytes).copy(file);
  samples.forEach((sample, index) => {
    const value = Math.round(Math.max(-1, Math.min(1, sample)) * 32_767);
    file.writeInt16LE(value, WAV_HEADER_BYTES + index * BYTES_PER_SAMPLE);
  });
  return file;
}
