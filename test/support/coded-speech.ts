import { encodeWords, parseCodedWords } from '../../src/whisper-worker/engines/fake/coded-words.js';

/** Words `from` to `to` of a space, spoken without a pause. */
export function codedSpeech(space: number, from: number, to: number): Int16Array {
  return encodeWords(Array.from({ length: to - from + 1 }, (_, index) => ({ space, number: from + index })));
}

/** Words in sentences: after every `perSentence` words a pause of `pauseSamples`, the last one included. */
export function codedSentences(
  space: number,
  words: number,
  perSentence = 5,
  pauseSamples = 12_800,
): Int16Array {
  const parts: Int16Array[] = [];
  for (let from = 1; from <= words; from += perSentence) {
    parts.push(
      codedSpeech(space, from, Math.min(from + perSentence - 1, words)),
      new Int16Array(pauseSamples),
    );
  }
  return joined(parts);
}

export function joined(parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Numbers heard, and spaces that were not this session's. */
export function heard(text: string, space: number): { numbers: number[]; foreign: number[] } {
  const words = parseCodedWords(text);
  return {
    numbers: words.filter((word) => word.space === space).map(({ number }) => number),
    foreign: words.filter((word) => word.space !== space).map((word) => word.space),
  };
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
