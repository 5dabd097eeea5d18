import type { ParleyError } from '../../../common/errors/parley-error.js';
import { AudioFailedError, WorkerUnavailableError } from '../../../common/errors/provider-errors.js';
import type { EndOfTrial, Probation } from './probation.js';

/** A session is ended when it has cost so many workers. The first loss may be a coincidence. */
const MOST = 2;

/**
 * Counts the workers that a session has cost. A session whose audio ends the worker's process would go from worker to worker and end
 * each of them with all its sessions. A loss counts against a session when the worker had audio of the session that neither it nor
 * the next worker had taken over. Positions in samples.
 */
export class WorkerToll {
  private _lost = 0;
  private lostReach = 0;
  private _failed = 0;
  private failedReach = 0;
  private endTrial: ((end: EndOfTrial) => void) | undefined;

  constructor(private readonly probation: Probation) {}

  /** Calls `begin` when the session may send: at once, or on trial after the loss of a worker, see `Probation`. */
  send(address: string, begin: () => void): void {
    if (this._lost === 0) begin();
    else this.endTrial = this.probation.enter(address, begin);
  }

  /** The session has left the worker, or lost it. */
  left(end: EndOfTrial): void {
    this.endTrial?.(end);
    this.endTrial = undefined;
  }

  get isTooHigh(): boolean {
    return this._lost >= MOST || this._failed >= MOST;
  }

  /** The worker is gone. It was sent the samples before `sent` and had taken over those before `received`. */
  lost(received: number, sent: number): void {
    if (sent <= received) return;
    this._lost += 1;
    this.lostReach = Math.max(this.lostReach, sent);
  }

  /** The worker reported that it failed on this session, with samples up to `end`. */
  failed(end: number): void {
    this._failed += 1;
    this.failedReach = end;
  }

  /** A worker has taken over the samples before `position` and still runs. */
  received(position: number): void {
    if (position < this.lostReach) return;
    this._lost = 0;
    this.left('cleared');
  }

  /** The samples before `position` are in finals or silent. */
  committed(position: number): void {
    if (position >= this.failedReach) this._failed = 0;
  }
}

/** The client's error for the code of a worker's `error` message. */
export function errorOf(code: string): ParleyError {
  return code === 'internal'
    ? new AudioFailedError('The speech workers fail on the audio of this session, so it was ended.')
    : new WorkerUnavailableError('The speech engine failed on this audio.');
}
