import { Logger } from '@nestjs/common';
import type { AudioDecoder } from '../audio/audio-decoder.js';
import { InvalidInputError, RateLimitedError, TooLargeError } from '../common/errors/caller-errors.js';
import { WorkerUnavailableError } from '../common/errors/provider-errors.js';
import { IdleTimeoutError, SequenceGapError } from '../common/errors/session-errors.js';
import { BoundedQueue } from '../common/streams/bounded-queue.js';
import type { FinalTranscript } from './events.js';
import { SilenceWatch } from './silence-watch.js';
import type { TranscriberEvent, TranscriberSession } from './transcriber.js';
import type { TranscriptOwner, TranscriptStore } from './transcript-store.js';

/** What a session tells its client. */
export interface SessionListener {
  speech(state: 'start' | 'end', at: number): void;
  final(final: FinalTranscript): void;
  state(state: 'live' | 'failover'): void;
  /** Why the session ended early. `done` still follows when all audio that was taken over has become words. */
  failed(error: unknown): void;
  /** Every sample is covered by a final or was judged silent. Always last. */
  done(summary: { lastEventId: number; samples: number; finals: number }): void;
}

export interface SessionLimits {
  chunkBytes: number;
  /** Compressed audio that may wait for the decoder. */
  inboxBytes: number;
  stallMs: number;
  idleMs: number;
}

/**
 * One client's speech on its way to words: chunks -> inbox -> decoder -> transcriber -> log -> client. It ends by `end()`, or
 * when nothing has come for long; what was heard until then is always finished and stored.
 */
export class TranscriptionSession {
  private readonly logger = new Logger(TranscriptionSession.name);
  readonly #inbox: BoundedQueue<Uint8Array>;
  readonly #silence: SilenceWatch;
  #listener: SessionListener | undefined;
  #transcriber: TranscriberSession | undefined;
  #received = 0;
  #lastEventId = 0;
  #samples = 0;
  #failure: unknown;
  #label: string | null = null;
  #isStored = false;
  #isEnding = false;
  #isCovered = false;

  constructor(
    readonly owner: TranscriptOwner,
    private readonly decoder: AudioDecoder,
    private readonly store: TranscriptStore,
    private readonly limits: SessionLimits,
    listener: SessionListener,
  ) {
    this.#listener = listener;
    this.#inbox = new BoundedQueue(limits.inboxBytes, (chunk) => chunk.byteLength);
    this.#silence = new SilenceWatch(
      limits,
      () => this.#pause(),
      () => this.#endIdle(),
    );
  }

  get id(): string {
    return this.owner.sessionId;
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Highest number of the chunks taken over. */
  get received(): number {
    return this.#received;
  }

  /**
   * Takes a chunk over.
   * @param seq its number from 1, checked for gaps and repetitions; left out by clients that do not count
   * @throws InvalidInputError after the end, TooLargeError, SequenceGapError, or RateLimitedError when too much audio is waiting: send it again later
   */
  push(chunk: Uint8Array, seq = this.#received + 1): void {
    if (this.#isEnding) throw new InvalidInputError('audio', 'The session has ended.');
    if (seq <= this.#received) return;
    if (seq !== this.#received + 1) throw new SequenceGapError(this.#received + 1);
    if (chunk.byteLength > this.limits.chunkBytes) {
      throw new TooLargeError(`A chunk may have ${this.limits.chunkBytes} bytes.`, { param: 'audio' });
    }
    if (chunk.byteLength > 0 && !this.#inbox.push(chunk)) {
      throw new RateLimitedError('Too much audio is waiting to be decoded.', {
        param: 'audio',
        retryAfterMs: 500,
      });
    }
    this.#received = seq;
    this.#silence.touch();
  }

  /** The caller's own name for the session. */
  async setLabel(label: string): Promise<void> {
    this.#label = label;
    if (this.#isStored) await this.store.setLabel(this.owner, label);
  }

  /** No more audio will come. Everything sent until now is still turned into words. */
  end(): void {
    this.#isEnding = true;
    this.#silence.stop();
    this.#inbox.end();
  }

  /** The client has gone: nobody is told any more, the words are stored all the same. */
  detach(): void {
    this.#listener = undefined;
    this.end();
  }

  /** Runs the session to its end. Never rejects: failures are told to the client and stored with the transcript. */
  async run(transcriber: TranscriberSession): Promise<void> {
    this.#transcriber = transcriber;
    await this.store.create(this.owner, this.#label);
    this.#isStored = true;
    if (!this.#isEnding) this.#silence.touch();
    await Promise.all([this.#pumpAudio(transcriber), this.#readTranscripts(transcriber)]);
    await this.store.finish(this.owner, this.#isCovered ? 'ended' : 'failed', this.#samples);
    if (this.#failure !== undefined) this.#listener?.failed(this.#failure);
    if (!this.#isCovered) return;
    this.#listener?.done({
      lastEventId: this.#lastEventId,
      samples: this.#samples,
      finals: this.#lastEventId,
    });
  }

  async #pumpAudio(transcriber: TranscriberSession): Promise<void> {
    try {
      for await (const samples of this.decoder.decode(this.#inbox)) {
        this.#samples += samples.length;
        await transcriber.write(samples);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.end();
      this.decoder.free();
      transcriber.end();
    }
  }

  async #readTranscripts(transcriber: TranscriberSession): Promise<void> {
    try {
      for await (const event of transcriber.events) await this.#take(event);
    } catch (error) {
      this.#fail(error);
      this.end();
    }
  }

  async #take(event: TranscriberEvent): Promise<void> {
    switch (event.type) {
      case 'speech':
        return this.#listener?.speech(event.state, event.at);
      case 'state':
        return this.#listener?.state(event.state);
      case 'final': {
        const { type: _type, ...text } = event;
        const final = await this.store.append(this.owner, text);
        this.#lastEventId = final.eventId;
        return this.#listener?.final(final);
      }
      case 'done':
        this.#isCovered = true;
    }
  }

  #pause(): void {
    if (this.#inbox.isEmpty) this.#transcriber?.stall();
  }

  #endIdle(): void {
    this.#fail(new IdleTimeoutError('The session was ended because no audio came.'));
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
