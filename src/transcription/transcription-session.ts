import { Logger } from '@nestjs/common';
import type { AudioDecoder } from '../audio/audio-decoder.js';
import { msToSamples, samplesToMs } from '../common/audio/pcm.js';
import { RateLimitedError, TooLargeError } from '../common/errors/caller-errors.js';
import { ParleyError } from '../common/errors/parley-error.js';
import { WorkerUnavailableError } from '../common/errors/provider-errors.js';
import { IdleTimeoutError, ShuttingDownError } from '../common/errors/session-errors.js';
import { AudioInbox, type InboxLimits } from './audio-inbox.js';
import { ClientChannel } from './client-channel.js';
import type { AudioReceived, QueuePlace } from './events.js';
import type { SessionListener } from './session-listener.js';
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
  private readonly _abandoned = new AbortController();
  private readonly inbox: AudioInbox;
  private readonly log: SessionLog;
  private readonly silence: SilenceWatch;
  private readonly lifetime: SessionLifetime;
  private readonly client: ClientChannel;
  private transcriber: TranscriberSession | undefined;
  private _place: QueuePlace | undefined;
  private hasNoTranscriber = false;
  private samples = 0;
  private isCovered = false;

  constructor(
    private readonly parts: SessionParts,
    listener: SessionListener,
  ) {
    const { owner, limits, decoder } = parts;
    this.owner = owner;
    this.log = new SessionLog(parts.store, owner);
    this.client = new ClientChannel(this.log, listener, (error) => this.breakOff(error));
    this.inbox = new AudioInbox(limits, decoder, (state, credit) => this.client.live?.flow(state, credit));
    this.silence = new SilenceWatch(
      limits,
      () => void this.pause(),
      () => this.endIdle(),
    );
    this.lifetime = new SessionLifetime(
      limits,
      () => this.endTooLong(),
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
    return this._place !== undefined || this.hasNoTranscriber;
  }

  get isEnding(): boolean {
    return this.inbox.isEnded;
  }

  /** Aborts when a session that waits needs no transcriber any more. */
  get abandoned(): AbortSignal {
    return this._abandoned.signal;
  }

  /** Everything was told; nothing will change any more. */
  get isOver(): boolean {
    return this.client.isOver;
  }

  get lastEventId(): number {
    return this.log.lastEventId;
  }

  /** The place in the queue while all workers are full. */
  get place(): QueuePlace | undefined {
    return this._place;
  }

  /** What the client is told of its audio. */
  get progress(): AudioReceived {
    return this.inbox.progress;
  }

  /** Whether any audio was heard. */
  get hasAudio(): boolean {
    return this.samples > 0;
  }

  /** Takes a chunk over. See `AudioInbox.push`. */
  push(chunk: Uint8Array, seq?: number): void {
    this.inbox.push(chunk, seq);
    if (!this.isEnding) this.silence.touch();
  }

  /** As `push`, for a client that does not send a refused chunk again: what does not fit is missing, and marked so. */
  async pushOrMark(chunk: Uint8Array): Promise<void> {
    try {
      this.push(chunk);
    } catch (error) {
      const isMissing = error instanceof RateLimitedError || error instanceof TooLargeError;
      if (isMissing) await this.markMissing(chunk.byteLength);
      throw error;
    }
  }

  /** Audio is lost at the place that was heard last. */
  markMissing(bytes: number): Promise<void> {
    return this.log.markGap(this.samples, bytes);
  }

  /** The caller's own name for the session. */
  setLabel(label: string): Promise<void> {
    return this.log.setLabel(label);
  }

  /** No more audio will come. Everything sent until now is still turned into words. */
  end(): void {
    this.silence.stop();
    this.lifetime.stop();
    this.inbox.end();
    // Nothing was said, so there is nothing to wait for.
    if (this._place && this.progress.received === 0) {
      this.isCovered = true;
      this._abandoned.abort();
    }
  }

  /** The server is going to stop: the session ends, and does not wait for a transcriber any more. */
  shutDown(): void {
    this.end();
    if (!this.transcriber) this._abandoned.abort(shuttingDown());
  }

  /** The server stops now: what has not become words by now never will. */
  cutShort(): void {
    this.breakOff(shuttingDown());
  }

  /** The client of `listener` has gone. Unless another one has come since, a resumable session waits for its return. */
  detach(listener: SessionListener): void {
    if (!this.client.has(listener)) return;
    this.client.detach();
    if (this.isEnding) return;
    if (this.parts.isResumable) this.lifetime.detached();
    else this.end();
  }

  /** A client has come back, and puts the former connection out. It gets the finals after `lastEventId`, then all that happens. */
  resume(listener: SessionListener, lastEventId: number): void {
    this.client.resume(listener, lastEventId);
    this.lifetime.attached();
    if (!this.isEnding) this.silence.begin();
  }

  /** All workers are full: the session waits, takes audio, and can be resumed meanwhile. */
  queued(place: QueuePlace): void {
    this._place = place;
    this.client.live?.queued(place);
  }

  /** There is no transcriber, and the session takes audio until there is. */
  waitForTranscriber(): void {
    if (this.hasNoTranscriber) return;
    this.hasNoTranscriber = true;
    this.logger.warn({ sessionId: this.id }, 'Session waits for any Whisper worker');
    this.client.live?.state('failover');
  }

  /** Runs the session to its end. Never rejects: failures are told to the client and stored with the transcript. */
  async run(opening: Promise<TranscriberSession>): Promise<void> {
    try {
      this.transcriber = await opening;
    } catch (error) {
      return this.endUnopened(error);
    }
    this._place = undefined;
    if (this.hasNoTranscriber) this.client.live?.state('live');
    this.hasNoTranscriber = false;
    try {
      await this.log.open();
      if (!this.isEnding) this.silence.begin();
      await Promise.all([this.pumpAudio(this.transcriber), this.readTranscripts(this.transcriber)]);
    } catch (error) {
      this.breakOff(error);
      this.parts.decoder.free();
    }
    await this.finish(this.hasAudio || this.log.hasGaps);
  }

  /** Whoever waited in the queue was told so, and has to be told that it was in vain; others get it as their answer. */
  private async endUnopened(error: unknown): Promise<void> {
    this.end();
    this.parts.decoder.free();
    if (!this.isWaiting) return;
    if (!this.isCovered) this.fail(error);
    const hasReceived = this.progress.received > 0;
    try {
      if (hasReceived) await this.log.open();
    } catch (failure) {
      this.fail(failure);
    }
    await this.finish(hasReceived);
  }

  /** @param isKept whether its transcript is worth keeping */
  private async finish(isKept: boolean): Promise<void> {
    this.lifetime.stop();
    if (this.isCovered) this.inbox.settle();
    await this.client.close(this.isCovered, isKept, this.samples);
  }

  /** Something of ours has failed: the session ends at once, and its place at the worker is free. */
  private breakOff(error: unknown): void {
    this.fail(error);
    this.transcriber?.abort();
    this.end();
  }

  private async pumpAudio(transcriber: TranscriberSession): Promise<void> {
    const longestSamples = msToSamples(this.parts.limits.maxSessionMs);
    try {
      for await (const samples of this.parts.decoder.decode(this.inbox.chunks())) {
        this.samples += samples.length;
        await transcriber.write(samples);
        if (!this.isEnding) this.silence.heard(samplesToMs(samples.length));
        if (this.samples > longestSamples) return this.endTooLong();
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.end();
      this.parts.decoder.free();
      transcriber.end();
    }
  }

  private async readTranscripts(transcriber: TranscriberSession): Promise<void> {
    try {
      for await (const event of transcriber.events) await this.take(event);
    } catch (error) {
      this.breakOff(error);
    }
  }

  private async take(event: TranscriberEvent): Promise<void> {
    switch (event.type) {
      case 'speech':
        return this.client.live?.speech(event.state, event.at);
      case 'interim':
        return this.client.interim(event.interim);
      case 'state':
        return this.client.live?.state(event.state);
      case 'commit':
        this.client.commit(event.position);
        return this.inbox.commit(event.position);
      case 'final':
        return this.client.final(event.final);
      case 'done':
        this.isCovered = true;
    }
  }

  private async pause(): Promise<void> {
    const listener = this.client.attached;
    const { received } = this.progress;
    if (!listener || !this.inbox.isEmpty) return;
    // Whoever comes back goes on at the next sample: a word that the cut of a line has split is still one.
    const isPause = !this.parts.isResumable || (await listener.isThere());
    const isSilent = received === this.progress.received && this.client.has(listener);
    if (!isSilent || this.isEnding) return;
    if (isPause) this.transcriber?.stall();
    else this.silence.goOn();
  }

  private endIdle(): void {
    // Without a connection the time to come back counts.
    if (!this.client.attached) return;
    this.fail(new IdleTimeoutError('The session was ended because no audio came.'));
    this.end();
  }

  private endTooLong(): void {
    this.fail(new TooLargeError(`A session may last ${this.parts.limits.maxSessionMs} ms.`));
    this.end();
  }

  private fail(error: unknown): void {
    if (!this.client.fail(error)) return;
    const { sessionId } = this.owner;
    if (error instanceof WorkerUnavailableError)
      this.logger.error({ sessionId }, 'Session lost its Whisper worker');
    else if (!(error instanceof ParleyError))
      this.logger.error({ sessionId, err: error }, 'Session failed unexpectedly');
    else this.logger.debug({ sessionId, reason: error.name }, 'Session failed');
  }
}

function shuttingDown(): ShuttingDownError {
  return new ShuttingDownError('The server is shutting down.');
}
