import type { InterimTranscript, SessionSummary } from './events.js';
import type { SessionListener } from './session-listener.js';
import type { SessionLog } from './session-log.js';
import type { FinalText } from './transcript-store.js';

/**
 * What a session tells its client: finals once they are stored, the rest as it happens, the end last. A session has one client
 * at a time; a new connection puts the former out, and hears nothing live before it has caught up, so that finals come to it in
 * order and each once.
 */
export class ClientFeed {
  #listener: SessionListener | undefined;
  #isCaughtUp = true;
  /** What is known of the open utterance, for a client that comes back. */
  #interim: InterimTranscript | undefined;
  #failure: unknown;
  #summary: SessionSummary | undefined;
  #isOver = false;

  constructor(
    private readonly log: SessionLog,
    listener: SessionListener,
  ) {
    this.#listener = listener;
  }

  /** Who is connected, whether or not it has caught up. */
  get attached(): SessionListener | undefined {
    return this.#listener;
  }

  /** Who is to be told what happens now. */
  get live(): SessionListener | undefined {
    return this.#isCaughtUp ? this.#listener : undefined;
  }

  /** Everything was told; nothing will change any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  has(listener: SessionListener): boolean {
    return this.#listener === listener;
  }

  detach(): void {
    this.#listener = undefined;
  }

  /** A client has come back. It gets the finals after `lastEventId`, then all that happens. */
  resume(listener: SessionListener, lastEventId: number): void {
    this.#listener?.superseded();
    this.#listener = listener;
    this.#isCaughtUp = false;
    void this.#catchUp(listener, lastEventId);
  }

  interim(interim: InterimTranscript): void {
    this.#interim = interim;
    this.live?.interim(interim);
  }

  /** Stores a final, then tells it. */
  final(text: FinalText): Promise<void> {
    return this.log.append(text, (final) => {
      this.#interim = undefined;
      this.live?.final(final);
    });
  }

  /** All audio before `position` is covered: an interim that began there has become a final, or nothing. */
  commit(position: number): void {
    if (this.#interim && position > this.#interim.start) this.#interim = undefined;
  }

  /** @returns whether it is the reason: the first failure is, and what follows from it is not told */
  fail(error: unknown): boolean {
    if (this.#failure !== undefined) return false;
    this.#failure = error;
    return true;
  }

  /** Closes the log and tells the end. @param isCovered all audio that was taken over has become words or was silent */
  close(isCovered: boolean, samples: number): Promise<void> {
    return this.log.close(isCovered ? 'ended' : 'failed', samples, () => {
      const finals = this.log.lastEventId;
      if (isCovered) this.#summary = { lastEventId: finals, samples, finals };
      this.#isOver = true;
      this.#tellEnd();
    });
  }

  /** Hours of finals are told as fast as they are read, while others are stored. */
  async #catchUp(listener: SessionListener, lastEventId: number): Promise<void> {
    const limit = await listener.room();
    let told = 0;
    await this.log.replay(lastEventId, limit, (finals) => {
      if (!this.has(listener)) return;
      for (const final of finals) listener.final(final);
      told = finals.length;
      if (told < limit) this.#goLive(listener);
    });
    if (told === limit) await this.#catchUp(listener, lastEventId + limit);
  }

  #goLive(listener: SessionListener): void {
    this.#isCaughtUp = true;
    if (this.#interim) listener.interim(this.#interim);
    if (this.#isOver) this.#tellEnd();
  }

  #tellEnd(): void {
    if (this.#failure !== undefined) this.live?.failed(this.#failure);
    if (this.#summary) this.live?.done(this.#summary);
  }
}
