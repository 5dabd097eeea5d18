/** Part of what was shown that may be taken back. The goal is 5 %: whoever begins to hold back there has missed it. */
const MOST_RETRACTED = 0.04;
/** What an utterance weighs against the one after it, so that about the last ten count. */
const MEMORY = 0.9;

/** How much of what a session's captions have shown lately was taken back, in characters. */
export class CaptionFlicker {
  #emitted = 0;
  #retracted = 0;

  get isHigh(): boolean {
    return this.#retracted > MOST_RETRACTED * this.#emitted;
  }

  /** One text has followed another on the screen. */
  count(emitted: number, retracted: number): void {
    this.#emitted += emitted;
    this.#retracted += retracted;
  }

  endUtterance(): void {
    this.#emitted *= MEMORY;
    this.#retracted *= MEMORY;
  }
}
