import type { RecogniserNeed } from '../engine.js';

/** What a host was asked for lately, as many as it keeps loaded. */
export class RecentNeeds {
  /** The one used last is at the end. */
  private readonly needs = new Map<string, RecogniserNeed>();

  constructor(private readonly limit: number) {}

  get newestFirst(): RecogniserNeed[] {
    return [...this.needs.values()].toReversed();
  }

  used({ language, task, words }: RecogniserNeed): void {
    const key = `${language} ${task} ${words}`;
    this.needs.delete(key);
    this.needs.set(key, { language, task, words });
    const [oldest] = this.needs.keys();
    if (this.needs.size > this.limit) this.needs.delete(oldest!);
  }

  /** The newest becomes the oldest. */
  postpone(): void {
    const newest = [...this.needs.entries()].at(-1);
    if (!newest) return;
    const older = [...this.needs.entries()].slice(0, -1);
    this.needs.clear();
    for (const [key, need] of [newest, ...older]) this.needs.set(key, need);
  }
}
