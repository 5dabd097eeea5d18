import { OverloadedError } from '../../common/errors/caller-errors.js';
import type { ByteBudget } from './byte-budget.js';

/** How far a listener may lag behind the fastest one once the beginning is no longer kept. */
const WINDOW_BYTES = 1_048_576;

/**
 * One stream, read once, given to any number of readers, each at its own pace and each from the start. The source is asked for
 * more only when the fastest reader wants more, so a lone slow reader slows it down. Everything is kept for late readers up to
 * `limitBytes` and as far as the budget goes; then the beginning is let go, nobody can join any more, and a reader that lags
 * too far behind is cut.
 */
export class SharedBytes {
  private chunks: Uint8Array[] = [];
  /** Index of the first chunk that is still there. */
  private base = 0;
  private heldBytes = 0;
  private isWhole = true;
  private ending: { error?: unknown } | undefined;
  private pull: Promise<void> | undefined;
  private readonly positions = new Set<{ index: number }>();
  private readonly iterator: AsyncIterator<Uint8Array>;
  private settleFile: ((file: Buffer | undefined) => void) | undefined;
  /** The whole file, once the source has ended. Undefined when it failed, was not kept, or was released before its end. */
  readonly file = new Promise<Buffer | undefined>((resolve) => {
    this.settleFile = resolve;
  });

  constructor(
    source: AsyncIterable<Uint8Array>,
    private readonly limitBytes: number,
    private readonly budget: ByteBudget,
  ) {
    this.iterator = source[Symbol.asyncIterator]();
  }

  /** Whether a reader that comes now gets everything. */
  get canJoin(): boolean {
    return this.isWhole && !(this.ending !== undefined && 'error' in this.ending);
  }

  get hasEnded(): boolean {
    return this.ending !== undefined;
  }

  /** Why the source broke off, if it did. */
  get failure(): unknown {
    return this.ending?.error;
  }

  async *read(): AsyncGenerator<Uint8Array> {
    const position = { index: 0 };
    this.positions.add(position);
    try {
      for (;;) {
        const chunk = this.chunks[position.index - this.base];
        if (chunk !== undefined) {
          position.index += 1;
          if (!this.isWhole) this.forgetRead();
          yield chunk;
        } else if (position.index < this.base) {
          throw new OverloadedError('This listener is too slow.');
        } else if (this.ending) {
          if ('error' in this.ending) throw this.ending.error;
          return;
        } else {
          await (this.pull ??= this.pullOne());
        }
      }
    } finally {
      this.positions.delete(position);
    }
  }

  /** Nobody reads any more: gives the memory back and closes the source. */
  release(): void {
    void this.iterator.return?.()?.catch(() => undefined);
    this.isWhole = false;
    this.budget.release(this.heldBytes);
    this.heldBytes = 0;
    this.chunks = [];
    this.settleFile?.(undefined);
  }

  private async pullOne(): Promise<void> {
    try {
      const next = await this.iterator.next();
      if (next.done) this.finish({});
      else this.keep(next.value);
    } catch (error) {
      this.finish({ error });
    } finally {
      this.pull = undefined;
    }
  }

  private keep(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    if (this.isWhole) {
      const fits = this.heldBytes + chunk.length <= this.limitBytes && this.budget.acquire(chunk.length);
      if (fits) this.heldBytes += chunk.length;
      else this.stopKeeping();
    }
    if (!this.isWhole) this.cutLaggards();
  }

  private stopKeeping(): void {
    this.isWhole = false;
    this.budget.release(this.heldBytes);
    this.heldBytes = 0;
    this.forgetRead();
  }

  private forgetRead(): void {
    const slowest = Math.min(...[...this.positions].map(({ index }) => index));
    if (!Number.isFinite(slowest)) return;
    const gone = Math.max(0, Math.min(slowest - this.base, this.chunks.length));
    this.chunks.splice(0, gone);
    this.base += gone;
  }

  private cutLaggards(): void {
    let bytes = this.chunks.reduce((sum, { length }) => sum + length, 0);
    while (bytes > WINDOW_BYTES && this.chunks.length > 1) {
      bytes -= this.chunks.shift()!.length;
      this.base += 1;
    }
  }

  private finish(ending: { error?: unknown }): void {
    this.ending = ending;
    const isComplete = this.isWhole && !('error' in ending);
    this.settleFile?.(isComplete ? Buffer.concat(this.chunks) : undefined);
  }
}
