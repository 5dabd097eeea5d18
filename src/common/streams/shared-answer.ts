/**
 * Shares one call among its callers: a caller during the call, or within `freshMs` of its answer, gets the same answer. So
 * callers of a public route cannot make the server ask a peer more often.
 */
export class SharedAnswer<T> {
  private last: Promise<T> | undefined;
  private freshUntil = 0;

  constructor(
    private readonly ask: () => Promise<T>,
    private readonly freshMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get(): Promise<T> {
    if (this.last && this.now() < this.freshUntil) return this.last;
    const asked = this.ask();
    this.last = asked;
    this.freshUntil = Number.POSITIVE_INFINITY;
    const settled = (freshMs: number) => (): void => {
      if (this.last === asked) this.freshUntil = this.now() + freshMs;
    };
    asked.then(settled(this.freshMs), settled(0));
    return asked;
  }
}
