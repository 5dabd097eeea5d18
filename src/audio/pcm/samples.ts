/** Cuts s16le bytes at sample boundaries, wherever their source cut them. A last half sample is dropped. */
export class SampleAligner {
  private rest: Buffer = Buffer.alloc(0);

  /** @returns the samples that are whole by now; it may be none */
  write(chunk: Uint8Array): Buffer {
    const bytes = this.rest.length === 0 ? asBuffer(chunk) : Buffer.concat([this.rest, chunk]);
    const whole = bytes.length - (bytes.length % 2);
    this.rest = bytes.subarray(whole);
    return bytes.subarray(0, whole);
  }
}

/** A view of the same bytes. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** s16le, as it lies in memory. */
export function toBytes({ buffer, byteOffset, byteLength }: Int16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** s16le to [-1, 1]. */
export function toFloats(bytes: Buffer): Float32Array {
  const floats = new Float32Array(bytes.length / 2);
  for (let index = 0; index < floats.length; index++) floats[index] = bytes.readInt16LE(index * 2) / 32_768;
  return floats;
}

/** One sample from [-1, 1] to s16, rounded and clipped. */
export function toInt16(sample: number): number {
  const scaled = Math.floor(sample * 32_768 + 0.5);
  return scaled > 32_767 ? 32_767 : scaled < -32_768 ? -32_768 : scaled;
}

export function quantize(samples: Float32Array): Int16Array {
  const result = new Int16Array(samples.length);
  for (let index = 0; index < samples.length; index++) result[index] = toInt16(samples[index]!);
  return result;
}
