import type { ParleyError } from '../../../common/errors/parley-error.js';
import { AudioFailedError, WorkerUnavailableError } from '../../../common/errors/provider-errors.js';
import type { EndOfTrial, Probation } from './probation.js';

/** Workers that a session may cost. The first may have been chance. */
const MOST = 2;

/**
 * What a session has cost. A session whose audio ends the process that works on it would be handed from worker to worker, and end
 * all of them with everybody's sessions. It is told apart from those that were only there by what the worker had in its hands:
 * audio of the session that it had not taken over when it went away, and not on the next worker either. Positions in samples.
 */
export class WorkerToll {
  private _lost = 0;
  private lostReach = 0;
  private _failed = 0;
  private failedReach = 0;
  private endTrial: ((end: EndOfTrial) => void) | undefined;

  constructor(private readonly probation: Probation) {}

  /** Sends to a worker as soon as it may: one that may be what the last worker was lost for is sent alone, see `Probation`. */
  send(address: string, begin: () => void): void {
    if (this._lost === 0) begin();
    else this.endTrial = this.probation.enter(address, begin);
  }

  /** It has left the worker, or lost it. */
  left(end: EndOfTrial): void {
    this.endTrial?.(end);
    this.endTrial = undefined;
  }

  get isTooHigh(): boolean {
    return this._lost >= MOST || this._failed >= MOST;
  }

  /** Its worker is gone, which had taken over the samples before `received`, of those before `sent`. */
  lost(received: number, sent: number): void {
    if (sent <= received) return;
    this._lost += 1;
    this.lostReach = Math.max(this.lostReach, sent);
  }

  /** Its worker said that this session, with samples up to `end`, made it fail. */
  failed(end: number): void {
    this._failed += 1;
    this.failedReach = end;
  }

  /** A worker has taken over the samples before `position`, and lives. */
  received(position: number): void {
    if (position < this.lostReach) return;
    this._lost = 0;
    this.left('cleared');
  }

  /** The samples before `position` have become words or were silent. */
  committed(position: number): void {
    if (position >= this.failedReach) this._failed = 0;
  }
}

/** What a worker's last word means for the client. */
export function errorOf(code: string): ParleyError {
  return code === 'internal'
    ? new AudioFailedError('The speech workers fail on the audio of this session, so it was ended.')
    : new WorkerUnavailableError('The speech engine failed on this audio.');
}
