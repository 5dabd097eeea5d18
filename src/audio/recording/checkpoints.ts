/** Checkpoints kept at most. Beyond them only the latest one is kept, so the bytes between become durable later than they could. */
const MAX_KEPT = 4_096;

/**
 * The places of a recording at which a decoder could begin: frames, pages, clusters, fragments. Each with the sample from which
 * on the bytes before it contribute no audio.
 */
export class Checkpoints {
  private readonly passed: { bytes: number; samples: number }[] = [];

  /** Call it in the order of the recording. */
  pass(bytes: number, samples: number): void {
    if (this.passed.length >= MAX_KEPT) this.passed.pop();
    this.passed.push({ bytes, samples });
  }

  /** See `SegmentDecoder.durableFrom`. */
  durableFrom(bytes: number): number | undefined {
    while (this.passed.length > 0 && this.passed[0]!.bytes < bytes) this.passed.shift();
    return this.passed[0]?.samples;
  }
}
