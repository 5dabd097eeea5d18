import type { Caller } from '../../auth/caller.js';
import { SPEECH_SAMPLE_RATE as SAMPLE_RATE } from '../../common/audio/pcm.js';
import { BudgetExceededError } from '../../common/errors/caller-errors.js';
import type { Budgets, Reservation } from '../../ledger/budgets.js';

/** The next slice is reserved when less than this part of one is left. */
const AHEAD = 1 / 2;
/** With less than this part left and no more to be had, the session ends where somebody has stopped to speak. Utterances are mostly shorter. */
const LAST = 1 / 4;

/** A slice, and the audio in it that was sent. */
interface Slice {
  reservation: Reservation;
  seconds: number;
}

/**
 * Pays for the audio of one live session, a slice ahead, and holds its place. When no more is to be had the session may go on in what it has,
 * so that it can end at the end of an utterance.
 */
export class AudioSpend {
  private readonly slices: Slice[] = [];
  private reservedSamples = 0;
  private usedSamples = 0;
  private transcriptBytes = 0;
  /** A refusal is not asked about again before this much more was heard. */
  private nextTryAtSamples = 0;
  private _refusal: unknown;
  private leave: (() => void) | undefined;
  private isClosed = false;
  private readonly sliceSeconds: number;

  constructor(
    private readonly budgets: Budgets,
    private readonly caller: Caller,
    private readonly model: string,
  ) {
    this.sliceSeconds = budgets.audioSliceSeconds;
  }

  /** Why no more audio can be paid for. */
  get refusal(): unknown {
    return this._refusal;
  }

  /** Little is left and no more is to be had: the next pause is a good end. */
  get isRunningOut(): boolean {
    return this._refusal !== undefined && this.leftSamples < this.sliceSeconds * LAST * SAMPLE_RATE;
  }

  /** @throws BudgetExceededError when there is no place, or nothing to begin with; OverloadedError when that cannot be known */
  async begin(): Promise<void> {
    this.leave = await this.budgets.enter(this.caller, 'sessions');
    if (!(await this.reserveMore())) throw this._refusal;
  }

  /** @returns how many of these samples are paid for, the first ones; they count as sent then */
  async cover(samples: number): Promise<number> {
    const aheadSamples = this.sliceSeconds * AHEAD * SAMPLE_RATE;
    while (this.leftSamples - samples < aheadSamples && (await this.mayHaveMore()));
    const covered = Math.min(samples, this.leftSamples);
    this.usedSamples += covered;
    return covered;
  }

  /** Words that are stored. Nobody refuses them. */
  wrote(text: string): void {
    this.transcriptBytes += Buffer.byteLength(text);
  }

  /** Settles what was sent, and gives the rest and the place back. Further calls do nothing. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.leave?.();
    let usedSeconds = Math.ceil(this.usedSamples / SAMPLE_RATE);
    for (const { reservation, seconds } of this.slices) {
      const used = Math.min(seconds, usedSeconds);
      usedSeconds -= used;
      void reservation.settle({ audioSeconds: used });
    }
    const { transcriptBytes: storageBytes } = this;
    if (storageBytes === 0) return;
    void this.budgets.record(this.caller, {
      modality: 'storage',
      model: 'transcripts',
      amounts: { storageBytes },
    });
  }

  private get leftSamples(): number {
    return this.reservedSamples - this.usedSamples;
  }

  private async mayHaveMore(): Promise<boolean> {
    if (this._refusal !== undefined && this.usedSamples < this.nextTryAtSamples) return false;
    this.nextTryAtSamples = this.usedSamples + SAMPLE_RATE;
    return this.reserveMore();
  }

  /** A slice, or the rest that a budget still has. */
  private async reserveMore(): Promise<boolean> {
    const limit = this.budgets.smallestLimit(this.caller, 'audioSeconds');
    try {
      await this.reserve(Math.min(this.sliceSeconds, limit));
    } catch (error) {
      this._refusal = error;
      if (!(error instanceof BudgetExceededError) || error.available < 1) return false;
      try {
        await this.reserve(error.available);
      } catch {
        return false;
      }
    }
    this._refusal = undefined;
    return true;
  }

  private async reserve(seconds: number): Promise<void> {
    const { caller, model } = this;
    const reservation = await this.budgets.reserve(caller, {
      modality: 'transcription',
      model,
      amounts: { audioSeconds: seconds },
      isContinued: this.slices.length > 0,
    });
    if (this.isClosed) return void reservation.settle({});
    this.slices.push({ reservation, seconds });
    this.reservedSamples += seconds * SAMPLE_RATE;
  }
}
