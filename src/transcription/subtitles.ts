import { samplesToMs } from '../common/audio/pcm.js';
import type { FinalTranscript } from './events.js';

interface Cue {
  startMs: number;
  endMs: number;
  text: string;
}

/** What two lines of a subtitle hold, by the usual rules of broadcasters. */
const LINE_CHARS = 42;
const CUE_CHARS = 2 * LINE_CHARS;

/** SubRip. Times with a comma, cues numbered from 1. */
export function toSrt(finals: readonly FinalTranscript[]): string {
  return cuesOf(finals)
    .map(({ startMs, endMs, text }, index) => {
      const time = `${timestamp(startMs, ',')} --> ${timestamp(endMs, ',')}`;
      return `${index + 1}\n${time}\n${wrap(text)}\n`;
    })
    .join('\n');
}

/** WebVTT. https://www.w3.org/TR/webvtt1/ */
export function toVtt(finals: readonly FinalTranscript[]): string {
  const cues = cuesOf(finals).map(({ startMs, endMs, text }) => {
    const time = `${timestamp(startMs, '.')} --> ${timestamp(endMs, '.')}`;
    return `\n${time}\n${escapeVtt(wrap(text))}\n`;
  });
  return `WEBVTT\n${cues.join('')}`;
}

function cuesOf(finals: readonly FinalTranscript[]): Cue[] {
  return finals.flatMap((final) => split(final));
}

/** A long final becomes several cues; its time is shared out by length, which is near enough to how people speak. */
function split({ text, start, end }: FinalTranscript): Cue[] {
  const parts = pack(text.replace(/\s+/g, ' ').trim().split(' '), CUE_CHARS);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const [startMs, endMs] = [samplesToMs(start), samplesToMs(end)];
  let before = 0;
  return parts.map((part) => {
    const at = (chars: number): number =>
      Math.round(startMs + ((endMs - startMs) * chars) / Math.max(length, 1));
    const cue = { startMs: at(before), endMs: at(before + part.length), text: part };
    before += part.length;
    return cue;
  });
}

function wrap(text: string): string {
  return text.length <= LINE_CHARS
    ? text
    : pack(text.split(' '), Math.max(LINE_CHARS, text.length / 2 + 4)).join('\n');
}

/** Joins words to pieces of at most `chars`, where no single word is longer. */
function pack(words: readonly string[], chars: number): string[] {
  const pieces: string[] = [];
  for (const word of words) {
    const last = pieces.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= chars)
      pieces[pieces.length - 1] = `${last} ${word}`;
    else pieces.push(word);
  }
  return pieces;
}

function escapeVtt(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function timestamp(ms: number, separator: ',' | '.'): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const seconds = `${two((ms / 1_000) % 60)}${separator}${String(ms % 1_000).padStart(3, '0')}`;
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${seconds}`;
}
