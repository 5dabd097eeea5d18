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
