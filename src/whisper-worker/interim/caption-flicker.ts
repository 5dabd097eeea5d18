/** Part of what was shown that may be taken back. The goal is 5 %: whoever begins to hold back there has missed it. */
const MOST_RETRACTED = 0.04;
/** What an utterance weighs against the one after it, so that about the last ten count. */
const MEMORY = 0.9;

/** Characters that appear and that are taken back when one text follows another on the screen. */
export interface CaptionChange {
  emitted: number;
  retracted: number;
}

export function captionChange(before: string, after: string): CaptionChange {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  return { emitted: after.length - same, retracted: before.length - same };
}

/** How much of what a session's captions have shown lately was taken back, in characters. */
export class CaptionFlicker {
  private emitted = 0;
  private retracted = 0;

  get isHigh(): boolean {
    return this.retracted > MOST_RETRACTED * this.emitted;
  }

  count({ emitted, retracted }: CaptionChange): void {
    this.emitted += emitted;
    this.retracted += retracted;
  }

  endUtterance(): void {
    this.emitted *= MEMORY;
    this.retracted *= MEMORY;
  }
}
