/** Kept at most; beyond it every second one is forgotten, which only makes the answers coarser. */
const MAX_KEPT = 4_096;

/**
 * The places of a recording at which a decoder could begin: frames, pages, clusters, fragments. Each with the sample from which
 * on nothing of the bytes before it is heard any more.
 */
export class Checkpoints {
  private passed: { bytes: number; samples: number }[] = [];

  /** To be told in the order of the recording. */
  pass(bytes: number, samples: number): void {
    this.passed.push({ bytes, samples });
    if (this.passed.length > MAX_KEPT) this.passed = this.passed.filter((_, index) => index % 2 === 1);
  }

  /** See `SegmentDecoder.settledAt`. */
  settledAt(bytes: number): number | undefined {
    while (this.passed.length > 0 && this.passed[0]!.bytes < bytes) this.passed.shift();
    return this.passed[0]?.samples;
  }
}
