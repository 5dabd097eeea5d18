/** Kept at most; beyond it only the latest of the rest is known, so that bytes between are called durable later than they are. */
const MAX_KEPT = 4_096;

/**
 * The places of a recording at which a decoder could begin: frames, pages, clusters, fragments. Each with the sample from which
 * on nothing of the bytes before it is heard any more.
 */
export class Checkpoints {
  private readonly passed: { bytes: number; samples: number }[] = [];

  /** To be told in the order of the recording. */
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
