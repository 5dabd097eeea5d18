interface Word {
  /** For comparison: without case. */
  form: string;
  /** Behind the word's last character. */
  end: number;
}

/** Words by their script: where they end does not depend on the language for that. */
const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

/**
 * A text that begins with what was promised and goes on with what was heard: of a text that disagrees with the promise, what stands
 * behind the words that come nearest to it.
 */
export function keepPrefix(promised: string, heard: string): string {
  if (heard.startsWith(promised)) return heard;
  const words = wordsOf(heard);
  const count = nearestCount(wordsOf(promised), words);
  const rest = count === 0 ? heard : heard.slice(words[count - 1]!.end);
  const needsBlank = count === 0 && rest !== '' && /\p{L}$/u.test(promised);
  return needsBlank ? `${promised} ${rest}` : promised + rest;
}

/** How many words from the beginning of `heard` stand for all of `promised`: by edit distance, of equals the nearest in number. */
function nearestCount(promised: readonly Word[], heard: readonly Word[]): number {
  let distances = Array.from({ length: heard.length + 1 }, (_, count) => count);
  for (const [index, { form }] of promised.entries()) {
    const next = [index + 1];
    for (let count = 1; count <= heard.length; count += 1) {
      const replaced = distances[count - 1]! + Number(form !== heard[count - 1]!.form);
      next.push(Math.min(replaced, distances[count]! + 1, next[count - 1]! + 1));
    }
    distances = next;
  }
  const off = (count: number): number => Math.abs(count - promised.length);
  return distances.reduce((best, distance, count) => {
    const isNearer = distance < distances[best]! || (distance === distances[best] && off(count) < off(best));
    return isNearer ? count : best;
  }, 0);
}

function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  for (const { segment, index, isWordLike } of segmenter.segment(text)) {
    if (isWordLike) words.push({ form: segment.toLowerCase(), end: index + segment.length });
  }
  return words;
}
