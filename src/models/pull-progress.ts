/** How far a pull is: of the model as a whole, not of a file. */
export interface PullProgress {
  /** As `pull` was told. */
  model: string;
  /** `waiting`: another process pulls the same model. `checking`: a file has come and its sum is taken. */
  state: 'waiting' | 'downloading' | 'checking';
  /** Of the download, with what was here before. May go back when a file came damaged and is fetched again. */
  doneBytes: number;
  /** 0 while it is not known. */
  totalBytes: number;
}

/** Reports of one pull, beside those at which the state changes. */
const MAX_REPORTS = 200;

/** Adds up what has come of each file, and tells it at most some hundred times, however large the model is. */
export class PullMeter {
  private readonly received = new Map<string, number>();
  private last: PullProgress;

  constructor(
    model: string,
    private readonly onProgress: (progress: PullProgress) => void,
  ) {
    this.last = { model, state: 'downloading', doneBytes: 0, totalBytes: 0 };
  }

  wait(): void {
    this.report({ ...this.last, state: 'waiting' });
  }

  begin(totalBytes: number): void {
    this.report({ ...this.last, state: 'downloading', totalBytes });
  }

  /** So much of a file is here. */
  add(file: string, receivedBytes: number): void {
    this.received.set(file, receivedBytes);
    const doneBytes = this.doneBytes;
    const { last } = this;
    const isStep = Math.abs(doneBytes - last.doneBytes) >= last.totalBytes / MAX_REPORTS;
    if (isStep || doneBytes === last.totalBytes || last.state !== 'downloading') {
      this.report({ ...last, state: 'downloading', doneBytes });
    }
  }

  check(): void {
    if (this.last.state !== 'checking') {
      this.report({ ...this.last, state: 'checking', doneBytes: this.doneBytes });
    }
  }

  private get doneBytes(): number {
    return [...this.received.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  private report(progress: PullProgress): void {
    this.last = progress;
    this.onProgress(progress);
  }
}
