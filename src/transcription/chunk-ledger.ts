/** What a container's next decodable piece begins with: a WebM cluster, an Ogg page. */
const RESTART_MARKS = [Buffer.from([0x1f, 0x43, 0xb6, 0x75]), Buffer.from('OggS', 'latin1')];

/**
 * Which chunks of a client are `durable`: their samples are all committed, and a decoder could begin behind them. Chunk and
 * audio do not end together (a block of the codec, the filter of a resampler), so that a chunk is settled only when the one
 * that follows it has given samples, and those are committed.
 */
export class ChunkLedger {
  /** Everything up to `seq` is settled once `samples` are committed. */
  readonly #marks: { seq: number; samples: number }[] = [];
  #durable = 0;

  /** @param isRaw raw PCM can be decoded from any chunk on */
  constructor(private readonly isRaw: boolean) {}

  get durable(): number {
    return this.#durable;
  }

  /** A chunk was decoded; the session has given so many samples until now. */
  decoded(seq: number, chunk: Uint8Array, samples: number): void {
    if (!this.isRaw && !isRestart(chunk)) return;
    if (samples > (this.#marks.at(-1)?.samples ?? 0)) this.#marks.push({ seq: seq - 1, samples });
  }

  commit(position: number): void {
    while (this.#marks.length > 0 && this.#marks[0]!.samples <= position)
      this.#durable = this.#marks.shift()!.seq;
  }

  /** The session is over and all of it is covered. */
  settle(seq: number): void {
    this.#marks.length = 0;
    this.#durable = seq;
  }
}

function isRestart(chunk: Uint8Array): boolean {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  return RESTART_MARKS.some((mark) => bytes.includes(mark));
}
