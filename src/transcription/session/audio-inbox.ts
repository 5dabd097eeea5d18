import type { AudioDecoder } from '../../audio/audio-decoder.js';
import { InvalidInputError, RateLimitedError, TooLargeError } from '../../common/errors/caller-errors.js';
import { SequenceGapError } from '../../common/errors/session-errors.js';
import { BoundedQueue } from '../../common/streams/bounded-queue.js';
import { DurabilityTracker } from './durability-tracker.js';
import type { AudioReceived, FlowState } from '../events.js';
import { FlowControl } from './flow-control.js';

export interface InboxLimits {
  chunkBytes: number;
  /** Compressed audio that may wait for the decoder. */
  inboxBytes: number;
}

interface Chunk {
  seq: number;
  bytes: Uint8Array;
}

const RETRY_AFTER_MS = 500;

/** A client's audio before its transcriber: chunks, numbered and bounded, and their decoder. */
export class AudioInbox {
  private readonly queue: BoundedQueue<Chunk>;
  private readonly durability: DurabilityTracker;
  private readonly flow: FlowControl;
  private _received = 0;
  private _samples = 0;
  private refusal: Error | undefined;

  constructor(
    private readonly limits: InboxLimits,
    private readonly decoder: AudioDecoder,
    private readonly onFlow: (state: FlowState, credit: number) => void,
  ) {
    this.queue = new BoundedQueue(limits.inboxBytes, ({ bytes }) => bytes.byteLength);
    this.flow = new FlowControl(limits.inboxBytes);
    this.durability = new DurabilityTracker(decoder);
  }

  /** Whether no chunk waits for the decoder. */
  get isEmpty(): boolean {
    return this.queue.isEmpty;
  }

  /** The number of the last chunk that was taken. */
  get received(): number {
    return this._received;
  }

  /** Samples that were decoded. */
  get samples(): number {
    return this._samples;
  }

  /** What the client is told of its audio. */
  get progress(): AudioReceived {
    const credit = this.limits.inboxBytes - this.queue.cost;
    return { received: this._received, durable: this.durability.durable, credit };
  }

  /**
   * @param seq the chunk's number from 1, checked for gaps and repetitions; left out by clients that do not count
   * @throws InvalidInputError, or the reason for the end, after it; TooLargeError, SequenceGapError, or RateLimitedError when too much audio is waiting: send it again later
   */
  push(bytes: Uint8Array, seq = this._received + 1): void {
    if (seq <= this._received) return;
    if (this.queue.isEnded) throw this.refusal ?? new InvalidInputError('audio', 'The session has ended.');
    if (seq !== this._received + 1) throw new SequenceGapError(this._received + 1);
    assertChunkFits(bytes, this.limits.chunkBytes);
    if (bytes.byteLength > 0 && !this.queue.push({ seq, bytes }))
      throw new RateLimitedError('Too much audio is waiting to be decoded.', {
        param: 'audio',
        retryAfterMs: RETRY_AFTER_MS,
      });
    this._received = seq;
    this.emitFlow();
  }

  /**
   * No more chunks are taken.
   * @param refusal what those that come are answered, when the client did not end it
   */
  end(refusal?: Error): void {
    if (!this.queue.isEnded) this.refusal = refusal;
    this.queue.end();
  }

  /** All chunks, decoded. */
  async *speech(): AsyncGenerator<Int16Array> {
    for await (const samples of this.decoder.decode(this.chunks())) {
      this._samples += samples.length;
      yield samples;
    }
  }

  /** Nothing more is decoded. */
  free(): void {
    this.decoder.free();
  }

  /** All audio before `position` is covered. */
  commit(position: number): void {
    this.durability.commit(position);
  }

  /** The session is over and all of it is covered. */
  settle(): void {
    this.durability.settle(this._received);
  }

  private async *chunks(): AsyncGenerator<Uint8Array> {
    for await (const { seq, bytes } of this.queue) {
      this.emitFlow();
      this.durability.add(seq, bytes.byteLength);
      yield bytes;
    }
  }

  private emitFlow(): void {
    const state = this.flow.update(this.queue.cost);
    if (state) this.onFlow(state, this.progress.credit);
  }
}

/** @throws TooLargeError */
export function assertChunkFits({ byteLength }: Uint8Array, chunkBytes: number): void {
  if (byteLength > chunkBytes) throw chunkTooLarge(chunkBytes);
}

export function chunkTooLarge(chunkBytes: number): TooLargeError {
  return new TooLargeError(`A chunk may have ${chunkBytes} bytes.`, { param: 'audio', limit: chunkBytes });
}
