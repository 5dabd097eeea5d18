import type { AudioDecoder } from '../../audio/audio-decoder.js';

/** Chunks that are tracked one by one at most. Those behind them become durable together. */
const MAX_WATCHED = 4_096;

/**
 * Which chunks of a client are `durable`: nothing of them is heard behind what is committed, and a decoder could begin behind
 * them. The decoder knows where in the audio that is.
 */
export class DurabilityTracker {
  /** Where the chunks that are not durable yet end, in bytes of the session. */
  private chunks: { seq: number; end: number }[] = [];
  private bytes = 0;
  private committed = 0;
  private _durable = 0;

  constructor(private readonly decoder: Pick<AudioDecoder, 'durableFrom'>) {}

  get durable(): number {
    this.advance();
    return this._durable;
  }

  /** The decoder gets a chunk. */
  add(seq: number, bytes: number): void {
    this.bytes += bytes;
    if (this.chunks.length >= MAX_WATCHED) this.chunks.pop();
    this.chunks.push({ seq, end: this.bytes });
  }

  commit(position: number): void {
    this.committed = position;
    this.advance();
  }

  /** The session is over and all of it is covered. */
  settle(seq: number): void {
    this.chunks = [];
    this._durable = seq;
  }

  /** Called without a new commit, too: from later chunks the decoder learns where it could begin. */
  private advance(): void {
    for (let first = this.chunks[0]; first !== undefined; first = this.chunks[0]) {
      const durable = this.decoder.durableFrom(first.end);
      if (durable === undefined || durable > this.committed) return;
      this._durable = first.seq;
      this.chunks.shift();
    }
  }
}
