import { Logger } from '@nestjs/common';
import type { AudioDecoder } from '../audio/audio-decoder.js';
import { msToSamples } from '../common/audio/pcm.js';
import { RateLimitedError, TooLargeError } from '../common/errors/caller-errors.js';
import { WorkerUnavailableError } from '../common/errors/provider-errors.js';
import { IdleTimeoutError, ShuttingDownError } from '../common/errors/session-errors.js';
import { AudioInbox, type InboxLimits } from './audio-inbox.js';
import type { AudioReceived, InterimTranscript, QueuePlace } from './events.js';
import { SessionConnection, type SessionListener } from './session-connection.js';
import { SessionLifetime } from './session-lifetime.js';
import { SessionLog } from './session-log.js';
import { SilenceWatch } from './silence-watch.js';
import type { TranscriberEvent, TranscriberSession } from './transcriber.js';
import type { TranscriptOwner, TranscriptStore } from './transcript-store.js';

export interface SessionLimits extends InboxLimits {
  stallMs: number;
  idleMs: number;
  resumeMs: number;
  maxSessionMs: number;
}

export interface SessionParts {
  owner: TranscriptOwner;
  decoder: AudioDecoder;
  store: TranscriptStore;
  limits: SessionLimits;
  /** Whether the session outlives its connection. */
  isResumable: boolean;
}

/**
 * One client's speech on its way to words: chunks -> inbox -> decoder -> transcriber -> log -> client. Connections come and go;
 * the session ends by `end()`, or when nobody has come back or nothing has come for long. What was heard until then is always
 * finished and stored.
 */
export class TranscriptionSession {
  readonly owner: TranscriptOwner;
  private readonly logger = new Logger(TranscriptionSession.name);
  readonly #abandoned = new AbortController();
  readonly #inbox: AudioInbox;
  readonly #log: SessionLog;
  readonly #silence: SilenceWatch;
  readonly #lifetime: SessionLifetime;
  readonly #connection = new SessionConnection();
  #transcriber: TranscriberSession | undefined;
  #place: QueuePlace | undefined;
  #hasNoTranscriber = false;
  #samples = 0;
  /** What is known of the open utterance, for a client that comes back. */
  #interim: InterimTranscript | undefined;
  #failure: unknown;
  #isCovered = false;
  #isOver = false;

  constructor(
    private readonly parts: SessionParts,
    listener: SessionListener,
  ) {
    const { owner, limits, decoder } = parts;
    this.owner = owner;
    this.#log = new SessionLog(parts.store, owner);
    this.#connection.attach(listener, true);
    this.#inbox = new AudioInbox(limits, decoder, (state, credit) =>
      this.#connection.live?.flow(state, credit),
    );
    this.#silence = new SilenceWatch(
      limits,
      () => void this.#pause(),
      () => this.#endIdle(),
    );
    this.#lifetime = new SessionLifetime(
      limits,
      () => this.#endTooLong(),
      () => this.end(),
    );
  }

  get id(): string {
    return this.owner.sessionId;
  }

  get isResumable(): boolean {
    return this.parts.isResumable;
  }

  /** It was said that the session waits, in the queue or for any transcriber at all, and so has to be told of its end. */
  get isWaiting(): boolean {
    return this.#place !== undefined || this.#hasNoTranscriber;
  }

  get isEnding(): boolean {
    return this.#inbox.isEnded;
  }

  /** Aborts when a session that waits needs no transcriber any more. */
  get abandoned(): AbortSignal {
    return this.#abandoned.signal;
  }

  /** Everything was told; nothing will change any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get lastEventId(): number {
    return this.#log.lastEventId;
  }

  /** The place in the queue while all workers are full. */
  get place(): QueuePlace | undefined {
    return this.#place;
  }

  /** What the client is told of its audio. */
  get progress(): AudioReceived {
    return this.#inbox.progress;
  }

  /** Takes a chunk over. See `AudioInbox.push`. */
  push(chunk: Uint8Array, seq?: number): void {
    this.#inbox.push(chunk, seq);
    if (!this.isEnding) this.#silence.touch();
  }

  /** As `push`, for a client that does not send a refused chunk again: what does not fit is missing, and marked so. */
  async pushOrMark(chunk: Uint8Array): Promise<void> {
    try {
      this.push(chunk);
    } catch (error) {
      if (error instanceof RateLimitedError) await this.#log.markGap(this.#samples, chunk.byteLength);
      throw error;
    }
  }

  /** The caller's own name for the session. */
  setLabel(label: string): Promise<void> {
    return this.#log.setLabel(label);
  }

  /** No more audio will come. Everything sent until now is still turned into words. */
  end(): void {
    this.#silence.stop();
    this.#lifetime.stop();
    this.#inbox.end();
    // Nothing was said, so there is nothing to wait for.
    if (this.#place && this.progress.received === 0) {
      this.#isCovered = true;
      this.#abandoned.abort();
    }
  }

  /** The server is going to stop: the session ends, and waits no more. */
  shutDown(): void {
    this.end();
    if (this.isWaiting) this.#abandoned.abort(new ShuttingDownError('The server is shutting down.'));
  }

  /** The client of `listener` has gone. Unless another one has come since, a resumable session waits for its return. */
  detach(listener: SessionListener): void {
    if (!this.#connection.has(listener)) return;
    this.#connection.detach();
    if (this.isEnding) return;
    if (this.parts.isResumable) this.#lifetime.detached();
    else this.end();
  }

  /** A client has come back, and puts the former connection out. It gets the finals after `lastEventId`, then all that happens. */
  resume(listener: SessionListener, lastEventId: number): void {
    this.#connection.attach(listener, false);
    this.#lifetime.attached();
    if (!this.isEnding) this.#silence.touch();
    void this.#catchUp(listener, lastEventId);
  }

  /** All workers are full: the session waits, takes audio, and can be resumed meanwhile. */
  queued(place: QueuePlace): void {
    this.#place = place;
    this.#connection.live?.queued(place);
  }

  /** There is no transcriber, and the session takes audio until there is. */
  waitForTranscriber(): void {
    if (this.#hasNoTranscriber) return;
    this.#hasNoTranscriber = true;
    this.logger.warn({ sessionId: this.id }, 'Session waits for any Whisper worker');
    this.#connection.live?.state('failover');
  }

  /** Runs the session to its end. Never rejects: failures are told to the client and stored with the transcript. */
  async run(opening: Promise<TranscriberSession>): Promise<void> {
    try {
      this.#transcriber = await opening;
    } catch (error) {
      return this.#endUnopened(error);
    }
    this.#place = undefined;
    if (this.#hasNoTranscriber) this.#connection.live?.state('live');
    this.#hasNoTranscriber = false;
    await this.#log.open();
    if (!this.isEnding) this.#silence.touch();
    await Promise.all([this.#pumpAudio(this.#transcriber), this.#readTranscripts(this.#transcriber)]);
    await this.#finish();
  }

  /** Hours of finals are told as fast as they are read, while others are stored. */
  async #catchUp(listener: SessionListener, lastEventId: number): Promise<void> {
    const limit = await listener.room();
    let told = 0;
    await this.#log.replay(lastEventId, limit, (finals) => {
      if (!this.#connection.has(listener)) return;
      for (const final of finals) listener.final(final);
      told = finals.length;
      if (told < limit) this.#goLive(listener);
    });
    if (told === limit) await this.#catchUp(listener, lastEventId + limit);
  }

  #goLive(listener: SessionListener): void {
    this.#connection.caughtUp();
    if (this.#interim) listener.interim(this.#interim);
    if (this.#isOver) this.#tellEnd();
  }

  /** Whoever waited in the queue was told so, and has to be told that it was in vain; others get it as their answer. */
  async #endUnopened(error: unknown): Promise<void> {
    this.end();
    this.parts.decoder.free();
    if (!this.isWaiting) return;
    if (this.progress.received > 0) await this.#log.open();
    if (!this.#isCovered) this.#fail(error);
    await this.#finish();
  }

  async #finish(): Promise<void> {
    this.#lifetime.stop();
    if (this.#isCovered) this.#inbox.settle();
    await this.#log.close(this.#isCovered ? 'ended' : 'failed', this.#samples, () => {
      this.#isOver = true;
      this.#tellEnd();
    });
  }

  #tellEnd(): void {
    const listener = this.#connection.live;
    if (this.#failure !== undefined) listener?.failed(this.#failure);
    if (!this.#isCovered) return;
    const finals = this.#log.lastEventId;
    listener?.done({ lastEventId: finals, samples: this.#samples, finals });
  }

  async #pumpAudio(transcriber: TranscriberSession): Promise<void> {
    const longestSamples = msToSamples(this.parts.limits.maxSessionMs);
    try {
      for await (const samples of this.parts.decoder.decode(this.#inbox.chunks())) {
        this.#samples += samples.length;
        await transcriber.write(samples);
        if (!this.isEnding) this.#silence.goOn();
        if (this.#samples > longestSamples) return this.#endTooLong();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.end();
      this.parts.decoder.free();
      transcriber.end();
    }
  }

  async #readTranscripts(transcriber: TranscriberSession): Promise<void> {
    try {
      for await (const event of transcriber.events) await this.#take(event);
    } catch (error) {
      this.#fail(error);
      transcriber.abort();
      this.end();
    }
  }

  async #take(event: TranscriberEvent): Promise<void> {
    switch (event.type) {
      case 'speech':
        return this.#connection.live?.speech(event.state, event.at);
      case 'interim':
        this.#interim = event.interim;
        return this.#connection.live?.interim(event.interim);
      case 'state':
        return this.#connection.live?.state(event.state);
      case 'commit':
        if (this.#interim && event.position > this.#interim.start) this.#interim = undefined;
        return this.#inbox.commit(event.position);
      case 'final':
        return this.#log.append(event.final, (final) => {
          this.#interim = undefined;
          this.#connection.live?.final(final);
        });
      case 'done':
        this.#isCovered = true;
    }
  }

  async #pause(): Promise<void> {
    const listener = this.#connection.attached;
    const { received } = this.progress;
    if (!listener || !this.#inbox.isEmpty) return;
    // Whoever comes back goes on at the next sample: a word that the cut of a line has split is still one.
    const isPause = !this.parts.isResumable || (await listener.isThere());
    const isSilent = received === this.progress.received && this.#connection.has(listener);
    if (!isSilent || this.isEnding) return;
    if (isPause) this.#transcriber?.stall();
    else this.#silence.goOn();
  }

  #endIdle(): void {
    // Without a connection the time to come back counts.
    if (!this.#connection.attached) return;
    this.#fail(new IdleTimeoutError('The session was ended because no audio came.'));
    this.end();
  }

  #endTooLong(): void {
    this.#fail(new TooLargeError(`A session may last ${this.parts.limits.maxSessionMs} ms.`));
    this.end();
  }

  /** The first failure is the reason; what follows from it is not told. */
  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    const { sessionId } = this.owner;
    if (error instanceof WorkerUnavailableError)
      this.logger.error({ sessionId }, 'Session lost its Whisper worker');
    else
      this.logger.debug(
        { sessionId, reason: error instanceof Error ? error.name : 'unknown' },
        'Session failed',
      );
  }
}
