/** A sine of half the full scale. */
export function tone(frequency: number, sampleRate: number, seconds: number): Float32Array {
  return Float32Array.from(
    { length: sampleRate * seconds },
    (_, index) => 0.5 * Math.sin((2 * Math.PI * frequency * index) / sampleRate),
  );
}

/** Level against a sine of half the full scale, in dB, without the edges. */
export function levelDb(samples: Int16Array): number {
  const middle = samples.subarray(500, samples.length - 500);
  const power = middle.reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0) / middle.length;
  return 10 * Math.log10(power / 0.125);
}
