/** Memory that several holders share. Whoever gets none does without. */
export class ByteBudget {
  private taken = 0;

  constructor(private readonly limitBytes: number) {}

  get takenBytes(): number {
    return this.taken;
  }

  /** @returns false when there is not that much left; nothing is taken then. */
  acquire(bytes: number): boolean {
    if (this.taken + bytes > this.limitBytes) return false;
    this.taken += bytes;
    return true;
  }

  release(bytes: number): void {
    this.taken -= bytes;
  }
}
