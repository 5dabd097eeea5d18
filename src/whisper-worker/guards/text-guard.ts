import { deflateRawSync } from 'node:zlib';

export interface GuardedText {
  text: string;
  /** Something was taken away. */
  isSuppressed: boolean;
}

/** The same words this often in a row are a decoder that loops, if the text also compresses like one. */
const MIN_REPEATS = 5;
const LONGEST_LOOP_WORDS = 6;
/** Whisper's own threshold for text that says the same over and over. */
const MAX_COMPRESSION = 2.4;
/** Nobody says more: the fastest speech is about 25 characters a second. */
const MAX_CHARS_PER_SECOND = 60;
const FREE_CHARS = 40;

/**
 * Takes invented text away by its form: loops, and more text than can be said in the time. There is no list of forbidden
 * phrases: what a model invents differs by language, and people do say "thank you for watching".
 */
export function guardText(text: string, audioMs: number): GuardedText {
  const once = isLooping(text) ? withoutLoops(text) : text;
  const isTooMuch = once.length > FREE_CHARS + (MAX_CHARS_PER_SECOND * audioMs) / 1_000;
  const kept = isTooMuch ? '' : once;
  return { text: kept, isSuppressed: kept !== text };
}

function isLooping(text: string): boolean {
  const bytes = Buffer.from(text);
  return bytes.length > 0 && bytes.length / deflateRawSync(bytes).length > MAX_COMPRESSION;
}

/** Every run of repeats is kept once. */
function withoutLoops(text: string): string {
  const words = text.split(/\s+/);
  const kept: string[] = [];
  for (let at = 0; at < words.length;) {
    const loop = loopAt(words, at);
    kept.push(...words.slice(at, at + (loop?.words ?? 1)));
    at += loop ? loop.words * loop.repeats : 1;
  }
  return kept.join(' ');
}

function loopAt(words: readonly string[], at: number): { words: number; repeats: number } | undefined {
  for (let length = 1; length <= LONGEST_LOOP_WORDS; length += 1) {
    const unit = words.slice(at, at + length).join(' ');
    let repeats = 1;
    while (words.slice(at + repeats * length, at + (repeats + 1) * length).join(' ') === unit) repeats += 1;
    if (repeats >= MIN_REPEATS && at + length <= words.length) return { words: length, repeats };
  }
  return undefined;
}
