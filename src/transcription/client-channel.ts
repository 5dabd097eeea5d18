import type { InterimTranscript, SessionSummary } from './events.js';
import type { SessionListener } from './session-listener.js';
import type { SessionLog } from './session-log.js';
import type { FinalText } from './transcript-store.js';

/**
 * What a session tells its client: finals once they are stored, the rest as it happens, the end last. A session has one client
 * at a time; a new connection puts the former out, and hears nothing live before it has caught up, so that finals come to it in
 * order and each once.
 */
export class ClientChannel {
  private listener: SessionListener | undefined;
  private isCaughtUp = true;
  /** What is known of the open utterance, for a client that comes back. */
  private _interim: InterimTranscript | undefined;
  private failure: unknown;
  private summary: SessionSummary | undefined;
  private _isOver = false;

  constructor(
    private readonly log: SessionLog,
    listener: SessionListener,
    /** The stored finals cannot be read. */
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.listener = listener;
  }

  /** Who is connected, whether or not it has caught up. */
  get attached(): SessionListener | undefined {
    return this.listener;
  }

  /** Who is to be told what happens now. */
  get live(): SessionListener | undefined {
    return this.isCaughtUp ? this.listener : undefined;
  }

  /** Everything was told; nothing will change any more. */
  get isOver(): boolean {
    return this._isOver;
  }

  has(listener: SessionListener): boolean {
    return this.listener === listener;
  }

  detach(): void {
    this.listener = undefined;
  }

  /** A client has come back. It gets the finals after `lastEventId`, then all that happens. */
  resume(listener: SessionListener, lastEventId: number): void {
    this.listener?.superseded();
    this.listener = listener;
    this.isCaughtUp = false;
    this.catchUp(listener, lastEventId).catch((error: unknown) => {
      // What it has missed it will never get: the end is all that can be told.
      if (this.has(listener)) this.isCaughtUp = true;
      this.onFailure(error);
      if (this._isOver) this.live?.failed(error);
    });
  }

  interim(interim: InterimTranscript): void {
    this._interim = interim;
    this.live?.interim(interim);
  }

  /** Stores a final, then tells it. */
  final(text: FinalText): Promise<void> {
    return this.log.append(text, (final) => {
      this._interim = undefined;
      this.live?.final(final);
    });
  }

  /** All audio before `position` is covered: an interim that began there has become a final, or nothing. */
  commit(position: number): void {
    if (this._interim && position > this._interim.start) this._interim = undefined;
  }

  /** @returns whether it is the reason: the first failure is, and what follows from it is not told */
  fail(error: unknown): boolean {
    if (this.failure !== undefined) return false;
    this.failure = error;
    return true;
  }

  /**
   * Closes the log and tells the end.
   * @param isCovered all audio that was taken over has become words or was silent
   * @param isKept whether there is anything to keep
   */
  close(isCovered: boolean, isKept: boolean, samples: number): Promise<void> {
    const ending = !isKept ? 'nothing' : isCovered ? 'ended' : 'failed';
    return this.log.close(ending, samples, (failure) => {
      if (failure !== undefined) this.fail(failure);
      const finals = this.log.lastEventId;
      if (isCovered && failure === undefined) this.summary = { lastEventId: finals, samples, finals };
      this._isOver = true;
      this.tellEnd();
    });
  }

  /** Hours of finals are told as fast as they are read, while others are stored. */
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
    this.isCaughtUp = true;
    if (this._interim) listener.interim(this._interim);
    if (this._isOver) this.tellEnd();
  }

  private tellEnd(): void {
    if (this.failure !== undefined) this.live?.failed(this.failure);
    if (this.summary) this.live?.done(this.summary);
  }
}
