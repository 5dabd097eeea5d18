import { wavHeader } from '../../src/common/audio/wav-header.js';

/** A WAV file of mono s16le samples. */
export function wavFile(samples: Int16Array, sampleRate: number): Buffer {
  const pcm = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  return Buffer.concat([wavHeader(sampleRate, pcm.length), pcm]);
}
