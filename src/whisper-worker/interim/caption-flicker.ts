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
