/** Words as they count: without case and punctuation. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Insertions, deletions and substitutions (Levenshtein). */
export function wordErrors(expected: readonly string[], actual: readonly string[]): number {
  let row = Array.from({ length: actual.length + 1 }, (_, index) => index);
  expected.forEach((word, index) => {
    const next = [index + 1];
    actual.forEach((other, at) => {
      next.push(Math.min(row[at]! + (word === other ? 0 : 1), row[at + 1]! + 1, next[at]! + 1));
    });
    row = next;
  });
  return row[actual.length]!;
}
