const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Lets so many characters through, as a reader counts them, of a text that comes in pieces. */
export class GraphemeLimit {
  private left: number;
  /** The last character so far: the next piece may still belong to it. */
  private open = '';
  private _isExceeded = false;

  constructor(limit: number) {
    this.left = limit;
  }

  /** There was more than the limit. */
  get isExceeded(): boolean {
    return this._isExceeded;
  }

  /** @returns the part of the text so far that may be shown now and was not shown yet */
  write(piece: string): string {
    if (this.left === Number.POSITIVE_INFINITY) return piece;
    const characters = [...graphemes.segment(this.open + piece)].map(({ segment }) => segment);
    this.open = characters.pop() ?? '';
    const shown = characters.slice(0, this.left);
    this.left -= shown.length;
    this._isExceeded = characters.length > shown.length || (this.left === 0 && this.open.trim() !== '');
    return shown.join('');
  }

  /** The rest, when the text has ended within the limit. */
  end(): string {
    return this.left > 0 ? this.open : '';
  }
}
