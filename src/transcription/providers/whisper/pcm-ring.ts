/**
 * The audio of a session that is not committed yet, kept to be sent again to another worker. Positions are samples
 * since the start of the session. Pieces are kept as they came: nothing is copied until it is sent.
 */
export class PcmRing {
  private readonly pieces: Int16Array[] = [];
  private _start = 0;
  private _end = 0;

  /** Position of the first sample kept: everything before it is committed. */
  get start(): number {
    return this._start;
  }

  /** Position after the last sample. */
  get end(): number {
    return this._end;
  }

  get lengthSamples(): number {
    return this._end - this._start;
  }

  append(samples: Int16Array): void {
    if (samples.length === 0) return;
    this.pieces.push(samples);
    this._end += samples.length;
  }

  /** Forgets everything before `position`. */
  commit(position: number): void {
    const target = Math.min(position, this._end);
    while (this._start < target) {
      const piece = this.pieces[0]!;
      const excess = target - this._start;
      if (piece.length <= excess) {
        this.pieces.shift();
        this._start += piece.length;
      } else {
        this.pieces[0] = piece.subarray(excess);
        this._start = target;
      }
    }
  }

  /** The samples from `position` on, `limitSamples` at most, as one piece. Empty at the end. */
  read(position: number, limitSamples: number): Int16Array {
    if (position < this._start) throw new RangeError(`Sample ${position} is committed and gone`);
    const length = Math.min(limitSamples, this._end - position);
    const result = new Int16Array(Math.max(length, 0));
    let pieceStart = this._start;
    for (const piece of this.pieces) {
      const from = Math.max(position - pieceStart, 0);
      const to = Math.min(position + length - pieceStart, piece.length);
      if (from < to) result.set(piece.subarray(from, to), pieceStart + from - position);
      pieceStart += piece.length;
      if (pieceStart >= position + length) break;
    }
    return result;
  }
}
