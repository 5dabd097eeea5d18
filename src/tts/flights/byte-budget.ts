/** Memory that several streams share. A stream that gets none goes on, and its file is not held. */
export class ByteBudget {
  private taken = 0;

  constructor(private readonly limitBytes: number) {}

  get takenBytes(): number {
    return this.taken;
  }

  /** @returns false when less than that is left; nothing is acquired then. */
  acquire(bytes: number): boolean {
    if (this.taken + bytes > this.limitBytes) return false;
    this.taken += bytes;
    return true;
  }

  release(bytes: number): void {
    this.taken -= bytes;
  }
}
