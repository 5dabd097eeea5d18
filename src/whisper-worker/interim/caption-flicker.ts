/** Share of the shown characters that may be retracted before captions are held back. Lower than the goal of 6 %, to meet it. */
const MOST_RETRACTED = 0.03;
/** Weight of an utterance relative to the next one: about the last ten count. */
const MEMORY = 0.9;

/** Characters that count as taken back before anything was shown: a session begins as one that holds back. */
const DOUBT = 8;

/** Characters that appear and that are retracted when one text replaces another on the screen. */
export interface CaptionChange {
  emitted: number;
  retracted: number;
}

export function captionChange(before: string, after: string): CaptionChange {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  return { emitted: after.length - same, retracted: before.length - same };
}

/** How much of a session's recent captions was retracted, in characters. */
export class CaptionFlicker {
  private emitted = 0;
  private retracted = DOUBT;

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
