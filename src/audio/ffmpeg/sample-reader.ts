import { BYTES_PER_SAMPLE } from '../../common/audio/pcm.js';

/** Samples from the bytes of a pipe, which cuts them anywhere. The first ones may be passed over. */
export class SampleReader {
  private cut = Buffer.alloc(0);
  private skipBytes: number;

  constructor(skipSamples: number) {
    this.skipBytes = skipSamples * BYTES_PER_SAMPLE;
  }

  read(chunk: Buffer): Int16Array {
    const skipped = Math.min(this.skipBytes, chunk.length);
    this.skipBytes -= skipped;
    const bytes = Buffer.concat([this.cut, chunk.subarray(skipped)]);
    const samples = new Int16Array(Math.floor(bytes.length / BYTES_PER_SAMPLE));
    for (let index = 0; index < samples.length; index++)
      samples[index] = bytes.readInt16LE(index * BYTES_PER_SAMPLE);
    this.cut = bytes.subarray(samples.length * BYTES_PER_SAMPLE);
    return samples;
  }
}
