/** Less than this says nothing yet: first decodes are slow, and a session begins with a pause or with a word. */
const LEAST_AUDIO_MS = 20_000;
const LEAST_DECODES = 5;
/** What was further back than about this much audio is forgotten. */
const MEMORY_MS = 240_000;

/**
 * What sessions cost: lane time for finals per time of audio, pauses included, because pauses cost nothing and there always are
 * some. Slower decoding, on a machine that is busy otherwise, shows in it as well.
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

  /** A first idea, before anybody has spoken: it counts as much as the least audio that says something, and fades. */
  expect(factor: number): void {
    this.audioMs = LEAST_AUDIO_MS;
    this.decodeMs = LEAST_AUDIO_MS * factor;
    this.decodes = LEAST_DECODES;
  }

  /** Audio that is in a final or was judged silent. What still waits to be decoded would look as if it had cost nothing. */
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
