/** The audio of a session from its oldest sample that is still needed, addressed by position. */
export class PcmTimeline {
  private buffer = new Int16Array(32_768);
  private start: number;
  private length = 0;

  constructor(start: number) {
    this.start = start;
  }

  /** Position behind the last sample. */
  get end(): number {
    return this.start + this.length;
  }

  append(samples: Int16Array): void {
    const needed = this.length + samples.length;
    if (needed > this.buffer.length) {
      const grown = new Int16Array(Math.max(needed, this.buffer.length * 2));
      grown.set(this.buffer.subarray(0, this.length));
      this.buffer = grown;
    }
    this.buffer.set(samples, this.length);
    this.length = needed;
  }

  /** The samples of `[start, end)` in -1..1, silence where the timeline has none yet. */
  read(start: number, end: number, into = new Float32Array(end - start)): Float32Array {
    const available = Math.min(end, this.end);
    for (let position = start; position < available; position += 1) {
      into[position - start] = this.buffer[position - this.start]! / 32_768;
    }
    into.fill(0, Math.max(0, available - start));
    return into;
  }

  /** Forgets everything before `position`. */
  forgetBefore(position: number): void {
    const dropped = Math.min(Math.max(0, position - this.start), this.length);
    if (dropped === 0) return;
    this.buffer.copyWithin(0, dropped, this.length);
    this.start += dropped;
    this.length -= dropped;
  }
}
