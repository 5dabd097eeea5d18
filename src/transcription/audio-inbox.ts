import type { AudioDecoder } from '../audio/audio-decoder.js';
import { InvalidInputError, RateLimitedError, TooLargeError } from '../common/errors/caller-errors.js';
import { SequenceGapError } from '../common/errors/session-errors.js';
import { BoundedQueue } from '../common/streams/bounded-queue.js';
import { DurabilityTracker } from './durability-tracker.js';
import type { AudioReceived, FlowState } from './events.js';
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

/** A client's chunks before they are decoded: numbered, bounded, and accounted for until their words are stored. */
export class AudioInbox {
  private readonly _chunks: BoundedQueue<Chunk>;
  private readonly ledger: DurabilityTracker;
  private readonly flow: FlowControl;
  private received = 0;
  private _isEnded = false;

  constructor(
    private readonly limits: InboxLimits,
    decoder: Pick<AudioDecoder, 'durableFrom'>,
    private readonly onFlow: (state: FlowState, credit: number) => void,
  ) {
    this._chunks = new BoundedQueue(limits.inboxBytes, ({ bytes }) => bytes.byteLength);
    this.flow = new FlowControl(limits.inboxBytes);
    this.ledger = new DurabilityTracker(decoder);
  }

  get isEmpty(): boolean {
    return this._chunks.isEmpty;
  }

  get isEnded(): boolean {
    return this._isEnded;
  }

  /** What the client is told of its audio. */
  get progress(): AudioReceived {
    const credit = this.limits.inboxBytes - this._chunks.cost;
    return { received: this.received, durable: this.ledger.durable, credit };
  }

  /**
   * @param seq the chunk's number from 1, checked for gaps and repetitions; left out by clients that do not count
   * @throws InvalidInputError after the end, TooLargeError, SequenceGapError, or RateLimitedError when too much audio is waiting: send it again later
   */
  push(bytes: Uint8Array, seq = this.received + 1): void {
    if (seq <= this.received) return;
    if (this._isEnded) throw new InvalidInputError('audio', 'The session has ended.');
    if (seq !== this.received + 1) throw new SequenceGapError(this.received + 1);
    assertChunkFits(bytes, this.limits.chunkBytes);
    if (bytes.byteLength > 0 && !this._chunks.push({ seq, bytes }))
      throw new RateLimitedError('Too much audio is waiting to be decoded.', {
        param: 'audio',
        retryAfterMs: RETRY_AFTER_MS,
      });
    this.received = seq;
    this.tellFlow();
  }

  end(): void {
    this._isEnded = true;
    this._chunks.end();
  }

  /** The chunks, for the decoder. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    for await (const { seq, bytes } of this._chunks) {
      this.tellFlow();
      this.ledger.taken(seq, bytes.byteLength);
      yield bytes;
    }
  }

  /** All audio before `position` is covered. */
  commit(position: number): void {
    this.ledger.commit(position);
  }

  /** The session is over and all of it is covered. */
  settle(): void {
    this.ledger.settle(this.received);
  }

  private tellFlow(): void {
    const state = this.flow.update(this._chunks.cost);
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
