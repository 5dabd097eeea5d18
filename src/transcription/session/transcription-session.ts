import { Logger } from '@nestjs/common';
import type { AudioDecoder } from '../../audio/audio-decoder.js';
import { msToSamples, samplesToMs } from '../../common/audio/pcm.js';
import { ParleyError } from '../../common/errors/parley-error.js';
import { WorkerUnavailableError } from '../../common/errors/provider-errors.js';
import { AudioInbox, type InboxLimits } from './audio-inbox.js';
import type { AudioSpend } from './audio-spend.js';
import { ClientChannel } from './client-channel.js';
import type { AudioReceived, QueuePlace } from '../events.js';
import { SessionClocks, sessionTooLong, type ClockLimits } from './session-clocks.js';
import type { SessionListener } from './session-listener.js';
import { SessionLog } from './session-log.js';
import type { SessionMetrics } from './session-metrics.js';
import { SessionPhase } from './session-phase.js';
import type { SessionTrace } from './session-trace.js';
import type { TranscriberEvent, TranscriberSession } from '../transcriber.js';
import type { TranscriptOwner, TranscriptStore } from '../transcript-store.js';

export type SessionLimits = InboxLimits & ClockLimits;

export interface SessionParts {
  owner: TranscriptOwner;
  decoder: AudioDecoder;
  store: TranscriptStore;
  /** Pays for the audio. Whoever opens the session begins and closes it. */
  spend: AudioSpend;
  limits: SessionLimits;
  metrics: Pick<SessionMetrics, 'started' | 'heard' | 'told' | 'passedOn' | 'over'>;
  trace: SessionTrace;
  /** Whether the session outlives its connection. */
  isResumable: boolean;
}

/**
 * One client's speech on its way to words: chunks -> inbox -> decoder -> transcriber -> log -> client. Connections come and go.
 * The session ends by `end()`, when no client has come back, or when no audio has come for long. What was heard until then is
 * always finished and stored.
 */
export class TranscriptionSession {
  readonly owner: TranscriptOwner;
  readonly id: string;
  private readonly logger = new Logger(TranscriptionSession.name);
  private readonly openedAtMs = performance.now();
  private readonly phase = new SessionPhase();
  private readonly abandonment = new AbortController();
  /** Aborts when a session that waits needs no transcriber any more. */
  readonly abandoned = this.abandonment.signal;
  private readonly inbox: AudioInbox;
  private readonly log: SessionLog;
  private readonly client: ClientChannel;
  private readonly clocks: SessionClocks;

  constructor(
    private readonly parts: SessionParts,
    listener: SessionListener,
  ) {
    const { owner, store, limits, decoder, isResumable } = parts;
    this.owner = owner;
    this.id = owner.sessionId;
    this.log = new SessionLog(store, owner);
    this.client = new ClientChannel(this.log, this.phase, listener, (error) => this.breakOff(error));
    this.inbox = new AudioInbox(limits, decoder, (state, credit) => this.client.live?.flow(state, credit));
    this.clocks = new SessionClocks({
      limits,
      isResumable,
      client: this.client,
      inbox: this.inbox,
      onPause: () => this.phase.transcriber?.stall(),
      onEnd: (failure) => this.end(failure),
    });
  }

  /** No more audio is taken. */
  get isEnding(): boolean {
    return this.phase.isEnding;
  }

  /** The end was told; nothing changes any more. */
  get isOver(): boolean {
    return this.phase.outcome !== undefined;
  }

  get lastEventId(): number {
    return this.log.lastEventId;
  }

  /** The place in the queue while all workers are full. */
  get place(): QueuePlace | undefined {
    return this.phase.place;
  }

  /** What the client is told of its audio. */
  get progress(): AudioReceived {
    return this.inbox.progress;
  }

  /** Whether any audio was heard. */
  get hasAudio(): boolean {
    return this.inbox.samples > 0;
  }

  /** Takes a chunk. See `AudioInbox.push`. */
  push(chunk: Uint8Array, seq?: number): void {
    this.inbox.push(chunk, seq);
    this.clocks.silence.touch();
  }

  /** Marks that audio is missing behind what was heard last. */
  markMissing(bytes: number): Promise<void> {
    return this.log.markGap(this.inbox.samples, bytes);
  }

  /** The caller's own name for the session. */
  setLabel(label: string): Promise<void> {
    return this.log.setLabel(label);
  }

  /** No more audio will come. All that was taken still becomes words. Of several failures the first one is told. */
  end(failure?: unknown): void {
    if (this.phase.ending(failure)) this.logFailure(failure);
    this.clocks.stop();
    this.inbox.end();
    if (this.hasWaitedForNothing) this.abandonment.abort();
  }

  /** The server is going to stop: the session ends, and does not wait for a transcriber any more. */
  shutDown(reason: Error): void {
    this.inbox.end(reason);
    this.end();
    if (!this.phase.transcriber) this.abandonment.abort(reason);
  }

  /** Ends the session at once: audio that has not become words by now never will. Its place at the worker is free. */
  breakOff(reason: unknown): void {
    this.end(reason);
    this.phase.transcriber?.abort();
  }

  /** Whether this listener gets what the session sends; false once another connection has resumed the session. */
  has(listener: SessionListener): boolean {
    return this.client.has(listener);
  }

  /** The client of `listener` has gone. Unless another one has come since, a resumable session waits for its return. */
  detach(listener: SessionListener): void {
    if (!this.has(listener)) return;
    this.client.detach();
    if (this.parts.isResumable) this.clocks.detached();
    else this.end();
  }

  /**
   * A client has come back, and replaces the former connection. It gets the finals after `lastEventId`, then all that happens.
   * @returns resolves when the client was given all that it had missed, or has left again
   */
  resume(listener: SessionListener, lastEventId: number): Promise<void> {
    const caughtUp = this.client.resume(listener, lastEventId);
    this.clocks.attached();
    return caughtUp;
  }

  /** All workers are full: the session waits, takes audio, and can be resumed meanwhile. */
  queued(place: QueuePlace): void {
    this.phase.queued(place);
    this.client.live?.queued(place);
  }

  /** There is no transcriber, and the session takes audio until there is. */
  waitForTranscriber(): void {
    if (!this.phase.waiting()) return;
    this.logger.warn({ sessionId: this.id }, 'Session waits for any Whisper worker');
    this.client.live?.state('failover');
  }

  /** Runs the session to its end. Never rejects: failures are told to the client and stored with the transcript. */
  async run(opening: Promise<TranscriberSession>): Promise<void> {
    const transcriber = await opening.catch((error: unknown) => this.endUnopened(error));
    if (!transcriber) return this.parts.metrics.over('refused');
    this.parts.metrics.started(performance.now() - this.openedAtMs);
    if (this.phase.live(transcriber)) this.client.live?.state('live');
    let isCovered = false;
    try {
      await this.log.open();
      this.clocks.silence.begin();
      [, isCovered] = await Promise.all([this.pumpAudio(transcriber), this.readTranscripts(transcriber)]);
    } catch (error) {
      this.breakOff(error);
      this.inbox.free();
    }
    this.parts.metrics.over(isCovered ? 'done' : 'failed');
    await this.finish(isCovered, this.hasAudio || this.log.hasGaps);
    this.parts.trace.failed(this.phase.outcome?.failure);
  }

  /** A client that waits was told so, and has to be told that it was in vain; others get the error as their answer. */
  private async endUnopened(reason: unknown): Promise<void> {
    this.end();
    this.inbox.free();
    if (!this.phase.isWaiting) return;
    const isCovered = this.hasWaitedForNothing;
    if (!isCovered) this.end(reason);
    const hasReceived = this.inbox.received > 0;
    if (hasReceived) await this.log.open().catch(() => undefined);
    await this.finish(isCovered, hasReceived);
  }

  /** A session that is queued and was sent no audio needs no transcriber when it ends. */
  private get hasWaitedForNothing(): boolean {
    return this.place !== undefined && this.inbox.received === 0;
  }

  /** @param isCovered whether all audio that was taken has become words or was silent */
  private async finish(isCovered: boolean, isKept: boolean): Promise<void> {
    if (isCovered) this.inbox.settle();
    // Nobody is left without an end, whatever has become of the transcriber.
    else this.end(new WorkerUnavailableError('The session has ended early.'));
    const { samples } = this.inbox;
    const ending = !isKept ? 'nothing' : isCovered ? 'ended' : 'failed';
    await this.log.close(ending, samples, (failure) => {
      this.end(failure);
      const finals = this.lastEventId;
      const isWhole = isCovered && failure === undefined;
      this.phase.over(isWhole ? { lastEventId: finals, samples, finals } : undefined);
      this.client.sendOutcome();
    });
  }

  private async pumpAudio(transcriber: TranscriberSession): Promise<void> {
    const { spend } = this.parts;
    const { maxSessionMs } = this.parts.limits;
    try {
      for await (const samples of this.inbox.speech()) {
        const covered = await spend.cover(samples.length);
        if (covered > 0) await transcriber.write(samples.subarray(0, covered));
        this.parts.metrics.heard(covered);
        this.clocks.silence.heard(samplesToMs(covered));
        if (covered < samples.length) return this.end(spend.refusal);
        if (this.inbox.samples > msToSamples(maxSessionMs)) return this.end(sessionTooLong(maxSessionMs));
      }
    } catch (error) {
      this.end(error);
    } finally {
      this.end();
      this.inbox.free();
      transcriber.end();
    }
  }

  /** @returns whether all audio that was taken has become words or was silent */
  private async readTranscripts(transcriber: TranscriberSession): Promise<boolean> {
    let isCovered = false;
    try {
      for await (const event of transcriber.events) {
        if (event.type === 'commit') this.inbox.commit(event.position);
        this.account(event);
        if (event.type === 'done') isCovered = true;
        this.parts.metrics.told(event);
        const toldAtMs = performance.now();
        await this.client.handle(event);
        if (event.type === 'final') this.parts.metrics.passedOn(performance.now() - toldAtMs);
        this.parts.trace.told(event);
      }
    } catch (error) {
      this.breakOff(error);
    }
    return isCovered;
  }

  /** Words that are stored are counted, and where somebody has stopped to speak is a good end for what can be paid for no longer. */
  private account(event: TranscriberEvent): void {
    const { spend } = this.parts;
    if (event.type === 'final') spend.wrote(event.final.text);
    const isPause = event.type === 'speech' && event.state === 'end';
    if (isPause && spend.isRunningOut) this.end(spend.refusal);
  }

  private logFailure(error: unknown): void {
    if (error instanceof WorkerUnavailableError)
      this.logger.error({ sessionId: this.id }, 'Session lost its Whisper worker');
    else if (!(error instanceof ParleyError))
      this.logger.error({ sessionId: this.id, err: error }, 'Session failed unexpectedly');
    else this.logger.debug({ sessionId: this.id, reason: error.name }, 'Session failed');
  }
}
