/**
 * One question asked on behalf of many: those who ask while it is open, or within `freshMs` of its answer, get the same one. So
 * what is public cannot be made to ask a peer more often than that.
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
