import type { RecogniserKey } from '../engine.js';

/** The recognisers that a host was asked for last, as many as it keeps loaded. */
export class RecentKeys {
  /** The one used last is at the end. */
  private readonly keys = new Map<string, RecogniserKey>();

  constructor(private readonly limit: number) {}

  get newestFirst(): RecogniserKey[] {
    return [...this.keys.values()].toReversed();
  }

  used({ language, task, words }: RecogniserKey): void {
    const id = `${language} ${task} ${words}`;
    this.keys.delete(id);
    this.keys.set(id, { language, task, words });
    const [oldest] = this.keys.keys();
    if (this.keys.size > this.limit) this.keys.delete(oldest!);
  }

  /** Makes the newest the oldest. */
  postpone(): void {
    const newest = [...this.keys.entries()].at(-1);
    if (!newest) return;
    const older = [...this.keys.entries()].slice(0, -1);
    this.keys.clear();
    for (const [id, key] of [newest, ...older]) this.keys.set(id, key);
  }
}
