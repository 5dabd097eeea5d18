import { TooLargeError } from '../../common/errors/caller-errors.js';
import { IdleTimeoutError } from '../../common/errors/session-errors.js';
import type { AudioInbox } from './audio-inbox.js';
import type { ClientChannel } from './client-channel.js';
import { SilenceWatch, type SilenceLimits } from './silence-watch.js';

export interface ClockLimits extends SilenceLimits {
  /** How long a session outlives its connection. */
  resumeMs: number;
  maxSessionMs: number;
}

export interface TimedSession {
  limits: ClockLimits;
  isResumable: boolean;
  client: Pick<ClientChannel, 'attached' | 'has'>;
  inbox: Pick<AudioInbox, 'isEmpty' | 'received'>;
  /** The client pauses: the open utterance can be finished. */
  onPause: () => void;
  /** The session is to end, for a failure or because its client has not come back. */
  onEnd: (failure?: Error) => void;
}

/** All clocks of a session: its longest time, the time without a connection, the time without audio. */
export class SessionClocks {
  readonly silence: SilenceWatch;
  private readonly longest: NodeJS.Timeout;
  private absence: NodeJS.Timeout | undefined;

  constructor(private readonly session: TimedSession) {
    const { limits, onEnd } = session;
    this.silence = new SilenceWatch(
      limits,
      () => void this.pause(),
      () => this.idle(),
    );
    this.longest = setTimeout(() => onEnd(sessionTooLong(limits.maxSessionMs)), limits.maxSessionMs);
  }

  /** The connection is gone; another one may come. */
  detached(): void {
    clearTimeout(this.absence);
    if (this.silence.isStopped) return;
    this.absence = setTimeout(() => this.session.onEnd(), this.session.limits.resumeMs);
  }

  attached(): void {
    clearTimeout(this.absence);
    this.silence.begin();
  }

  stop(): void {
    this.silence.stop();
    clearTimeout(this.longest);
    clearTimeout(this.absence);
  }

  private async pause(): Promise<void> {
    const { client, inbox, isResumable } = this.session;
    const { received } = inbox;
    const listener = client.attached;
    if (!listener || !inbox.isEmpty) return;
    // A client that comes back goes on at the next sample, perhaps in the middle of a word: a broken connection is no pause.
    const isPause = !isResumable || (await listener.isThere());
    const isSilent = received === inbox.received && client.has(listener);
    if (!isSilent || this.silence.isStopped) return;
    if (isPause) this.session.onPause();
    else this.silence.resume();
  }

  private idle(): void {
    // Without a connection the time to come back counts.
    if (!this.session.client.attached) return;
    this.session.onEnd(new IdleTimeoutError('The session was ended because no audio came.'));
  }
}

export function sessionTooLong(maxSessionMs: number): TooLargeError {
  return new TooLargeError(`A session may last ${maxSessionMs} ms.`);
}
