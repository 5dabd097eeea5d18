import { withoutLoops } from './loops.js';
import { spokenLength } from './spoken-length.js';

export interface GuardedText {
  text: string;
  /** Text was removed. */
  isSuppressed: boolean;
}

/** The fastest speech is about 25 characters a second. */
const MAX_CHARS_PER_SECOND = 60;
const FREE_CHARS = 40;
/** Text that is this many times too long is dropped unread: a server may answer with a megabyte. */
const ABSURD = 8;

/** What a model writes for a sound that is no speech: `[Music]`, `(wind blowing)`, `♪ ♪`. */
const SOUNDS = /\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[♪♫]/gu;

/**
 * Removes invented text by its form: loops, names of sounds where nothing else is said, and more text than can be said in the time. There is no list of forbidden
 * phrases: what a model invents differs by language, and people do say "thank you for watching".
 */
export function guardText(text: string, audioMs: number): GuardedText {
  const longest = FREE_CHARS + (MAX_CHARS_PER_SECOND * audioMs) / 1_000;
  if (text.length > ABSURD * longest) return { text: '', isSuppressed: true };
  const once = withoutLoops(text, (spokenLength(text) * 1_000) / Math.max(audioMs, 1));
  const kept = once.length > longest || isOnlySounds(once) ? '' : once;
  return { text: kept, isSuppressed: kept !== text };
}

function isOnlySounds(text: string): boolean {
  const rest = text.replace(SOUNDS, '');
  return rest !== text && !/[\p{L}\p{N}]/u.test(rest);
}
