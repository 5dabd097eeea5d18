/** With less audio the estimate is unknown: the first decodes are slow, and the share of pauses varies. */
const LEAST_AUDIO_MS = 20_000;
const LEAST_DECODES = 5;
/** At this much audio the past is halved. */
const MEMORY_MS = 240_000;

/**
 * The cost of sessions: lane time of finals per time of audio, pauses included. It grows when other work on the machine slows the
 * decodes.
 */
export class LoadEstimate {
  private decodeMs = 0;
  private audioMs = 0;
  private decodes = 0;

  /** Lane time per time of audio; undefined until enough was heard. */
  get factor(): number | undefined {
    const isKnown = this.audioMs >= LEAST_AUDIO_MS && this.decodes >= LEAST_DECODES;
    return isKnown ? this.decodeMs / this.audioMs : undefined;
  }

  /** Sets a first estimate before the first session. It weighs as much as `LEAST_AUDIO_MS` of audio. */
  expect(factor: number): void {
    this.audioMs = LEAST_AUDIO_MS;
    this.decodeMs = LEAST_AUDIO_MS * factor;
    this.decodes = LEAST_DECODES;
  }

  /** Counts audio that is silent or in a final. Audio that waits to be decoded has no cost yet and does not count. */
  addAudio(audioMs: number): void {
    this.audioMs += audioMs;
    if (this.audioMs < MEMORY_MS) return;
    this.audioMs /= 2;
    this.decodeMs /= 2;
  }

  addDecode(decodeMs: number): void {
    this.decodeMs += decodeMs;
    this.decodes += 1;
  }
}
