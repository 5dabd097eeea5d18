import type { InterimTranscript } from '../events.js';
import type { SessionListener } from './session-listener.js';
import type { SessionLog } from './session-log.js';
import type { SessionPhase } from './session-phase.js';
import type { TranscriberEvent } from '../transcriber.js';

/**
 * What a session sends to its client: finals once they are stored, other events as they happen, the outcome last. A session has one
 * client at a time. A new connection replaces the former one, and gets the stored finals before anything live, so that each final
 * comes once and in order.
 */
export class ClientChannel {
  private connection: { listener: SessionListener; isCaughtUp: boolean } | undefined;
  /** The open utterance so far, for a client that comes back. */
  private interim: InterimTranscript | undefined;

  constructor(
    private readonly log: SessionLog,
    private readonly phase: Pick<SessionPhase, 'outcome'>,
    listener: SessionListener,
    /** The stored finals cannot be read. */
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.connection = { listener, isCaughtUp: true };
  }

  /** The listener that is connected, whether or not it has caught up. */
  get attached(): SessionListener | undefined {
    return this.connection?.listener;
  }

  /** The listener that gets what happens now. */
  get live(): SessionListener | undefined {
    return this.connection?.isCaughtUp ? this.connection.listener : undefined;
  }

  has(listener: SessionListener): boolean {
    return this.attached === listener;
  }

  detach(): void {
    this.connection = undefined;
  }

  /**
   * A client has come back. It gets the finals after `lastEventId`, then all that happens.
   * @returns resolves, always, when it has caught up, or cannot
   */
  resume(listener: SessionListener, lastEventId: number): Promise<void> {
    this.attached?.superseded();
    this.connection = { listener, isCaughtUp: false };
    return this.catchUp(listener, lastEventId).catch((error: unknown) => {
      // The finals that it has missed cannot be sent: only the end can.
      if (this.connection?.listener === listener) this.connection.isCaughtUp = true;
      this.onFailure(error);
      if (this.phase.outcome) this.live?.failed(error);
    });
  }

  /** Sends an event of the transcriber. Resolves for a final when it is stored. */
  async handle(event: TranscriberEvent): Promise<void> {
    switch (event.type) {
      case 'speech':
        return this.live?.speech(event.state, event.at);
      case 'interim':
        this.interim = event.interim;
        return this.live?.interim(event.interim);
      case 'state':
        return this.live?.state(event.state);
      case 'final':
        return this.log.append(event.final, (final) => {
          this.interim = undefined;
          this.live?.final(final);
        });
      case 'commit':
        // An interim that began before this has become a final, or nothing.
        if (this.interim && event.position > this.interim.start) this.interim = undefined;
        return;
      default:
    }
  }

  /** Sends how the session ended. A client that has not caught up gets it then. */
  sendOutcome(): void {
    const { failure, summary } = this.phase.outcome ?? {};
    if (failure !== undefined) this.live?.failed(failure);
    if (summary) this.live?.done(summary);
  }

  /** Sends stored finals as fast as the client reads, in pages; others are stored between two pages. */
  private async catchUp(listener: SessionListener, lastEventId: number): Promise<void> {
    const limit = await listener.room();
    let next = lastEventId;
    let isAll = false;
    await this.log.replay(lastEventId, limit, (finals) => {
      for (const final of finals) {
        if (!this.has(listener) || !listener.hasRoom) return;
        listener.final(final);
        next += 1;
      }
      isAll = finals.length < limit;
      if (isAll && this.has(listener)) this.goLive(listener);
    });
    if (!isAll && this.has(listener)) await this.catchUp(listener, next);
  }

  private goLive(listener: SessionListener): void {
    this.connection = { listener, isCaughtUp: true };
    if (this.interim) listener.interim(this.interim);
    this.sendOutcome();
  }
}
