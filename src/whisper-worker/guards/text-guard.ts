import { withoutLoops } from './loops.js';
import { spokenLength } from './spoken-length.js';

export interface GuardedText {
  text: string;
  /** Text was removed. */
  isSuppressed: boolean;
}

/** In spoken letters a second. People say 10 to 15, and in a hurry 20; figures and signs count less than they take. */
const MOST_LETTERS_PER_SECOND = 30;
/** Of each utterance at least so much is no speech: it begins before its first word and ends after its last one. */
const LEAST_SILENCE_MS = 100;
/** A few words are never too much: of a word that was cut off there is little audio. */
const ALWAYS_SAYABLE_LETTERS = 15;
/** Text with more characters than this many times what can be said is dropped unread: a server may answer with a megabyte. */
const ABSURD = 16;

/** What a model writes for a sound that is no speech: `[Music]`, `(wind blowing)`, `♪ ♪`. */
const SOUNDS = /\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[♪♫]/gu;

/**
 * Removes invented text by its form: loops, names of sounds where nothing else is said, and more text than can be said in the
 * time, such as "Thank you for watching!" for a click. There is no list of forbidden phrases: what a model invents differs by
 * language, and people do say "thank you for watching".
 */
export function guardText(text: string, audioMs: number): GuardedText {
  const speechSeconds = Math.max(0, audioMs - LEAST_SILENCE_MS) / 1_000;
  const most = Math.max(ALWAYS_SAYABLE_LETTERS, MOST_LETTERS_PER_SECOND * speechSeconds);
  if (text.length > ABSURD * most) return { text: '', isSuppressed: true };
  const once = withoutLoops(text, (spokenLength(text) * 1_000) / Math.max(audioMs, 1));
  const kept = spokenLength(once) > most || isOnlySounds(once) ? '' : once;
  return { text: kept, isSuppressed: kept !== text };
}

function isOnlySounds(text: string): boolean {
  const rest = text.replace(SOUNDS, '');
  return rest !== text && !/[\p{L}\p{N}]/u.test(rest);
}
