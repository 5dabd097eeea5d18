/** Cuts a stream of s16le bytes at sample boundaries, wherever the source cut it. A last half sample is dropped. */
export async function* wholeSamples(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const bytes = rest.length === 0 ? asBuffer(chunk) : Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % 2);
    rest = bytes.subarray(whole);
    if (whole > 0) yield bytes.subarray(0, whole);
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
