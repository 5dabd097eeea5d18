import type { PullProgress } from '../../models/pull-progress.js';

/** How far the change to a model is that is pulled first. */
export interface PullState extends Omit<PullProgress, 'state'> {
  state: PullProgress['state'] | 'done' | 'failed' | 'cancelled';
  /** Of a pull that failed: what to do. */
  message?: string;
}

/** One pull at a time, in the background. It is bounded as `npm run models -- pull` is: a connection that stalls is given up. */
export class ModelPull {
  private readonly cancelling = new AbortController();
  private _state: PullState;
  /** Resolves when it is over, whatever came of it. */
  readonly ended: Promise<void>;

  constructor(
    model: string,
    run: (signal: AbortSignal, onProgress: (progress: PullProgress) => void) => Promise<void>,
    private readonly explain: (error: unknown) => string,
  ) {
    this._state = { model, state: 'downloading', doneBytes: 0, totalBytes: 0 };
    this.ended = this.follow(run);
  }

  get state(): PullState {
    return this._state;
  }

  get isOver(): boolean {
    return ['done', 'failed', 'cancelled'].includes(this._state.state);
  }

  /** What has come is kept: the next pull goes on there. */
  cancel(): void {
    this.cancelling.abort(new Error('The pull was cancelled'));
  }

  private async follow(
    run: (signal: AbortSignal, onProgress: (progress: PullProgress) => void) => Promise<void>,
  ): Promise<void> {
    const { signal } = this.cancelling;
    try {
      await run(signal, (progress) => (this._state = progress));
      this._state = { ...this._state, state: 'done' };
    } catch (error) {
      this._state = signal.aborted
        ? { ...this._state, state: 'cancelled' }
        : { ...this._state, state: 'failed', message: this.explain(error) };
    }
  }
}
