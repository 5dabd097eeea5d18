/** What decoding is made of: bytes looked at, decoders made, samples decoded, multiplications of filters. */
export type WorkKind = 'bytes' | 'decoders' | 'samples' | 'taps';

/** What one of each costs, roughly. */
const NANOSECONDS: Record<WorkKind, number> = { bytes: 3, decoders: 20_000, samples: 100, taps: 1 };
/** How long one session may hold up the event loop. */
const TURN_NANOSECONDS = 5_000_000;

/**
 * The work that the bytes of one session have caused. A few bytes can be much of it (two of them can hold 120 ms of audio), so a
 * session gives way to others by its work and not by its bytes. Tests see by it that the work grows with the bytes and no faster.
 */
export class Workload {
  private readonly done: Record<WorkKind, number> = { bytes: 0, decoders: 0, samples: 0, taps: 0 };
  private sinceTurnNanoseconds = 0;

  add(kind: WorkKind, count: number): void {
    this.done[kind] += count;
    this.sinceTurnNanoseconds += count * NANOSECONDS[kind];
  }

  /** Until now. */
  of(kind: WorkKind): number {
    return this.done[kind];
  }

  /** Whether others should have a turn first; each yes begins a new stretch. */
  shouldYield(): boolean {
    if (this.sinceTurnNanoseconds < TURN_NANOSECONDS) return false;
    this.sinceTurnNanoseconds = 0;
    return true;
  }
}
