/** Sample rate of all speech between decoder, gateway and worker, in Hz. Everywhere: s16le, mono. */
export const SPEECH_SAMPLE_RATE = 16_000;
export const BYTES_PER_SAMPLE = 2;

export function samplesToMs(samples: number): number {
  return Math.round((samples * 1_000) / SPEECH_SAMPLE_RATE);
}

export function msToSamples(ms: number): number {
  return Math.round((ms * SPEECH_SAMPLE_RATE) / 1_000);
}
