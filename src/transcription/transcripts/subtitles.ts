import { samplesToMs } from '../../common/audio/pcm.js';
import type { FinalTranscript } from '../events.js';
import { balance, linesOf } from './subtitle-lines.js';

interface Cue {
  startMs: number;
  endMs: number;
  text: string;
}

const CUE_LINES = 2;

/** SubRip. Times with a comma, cues numbered from 1. */
export function toSrt(finals: readonly FinalTranscript[]): string {
  return cuesOf(finals)
    .map(({ startMs, endMs, text }, index) => {
      const time = `${timestamp(startMs, ',')} --> ${timestamp(endMs, ',')}`;
      return `${index + 1}\n${time}\n${balance(text)}\n`;
    })
    .join('\n');
}

/** WebVTT. https://www.w3.org/TR/webvtt1/ */
export function toVtt(finals: readonly FinalTranscript[]): string {
  const cues = cuesOf(finals).map(({ startMs, endMs, text }) => {
    const time = `${timestamp(startMs, '.')} --> ${timestamp(endMs, '.')}`;
    return `\n${time}\n${escapeVtt(balance(text))}\n`;
  });
  return `WEBVTT\n${cues.join('')}`;
}

function cuesOf(finals: readonly FinalTranscript[]): Cue[] {
  return finals.flatMap((final) => split(final));
}

/** A long final becomes several cues; its time is shared out by length, which is near enough to how people speak. */
function split({ text, start, end }: FinalTranscript): Cue[] {
  const parts = cueTexts(text.replace(/\s+/g, ' ').trim());
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

/** The text of each cue, on one line still. */
function cueTexts(text: string): string[] {
  const texts: string[] = [];
  let from = 0;
  let end = 0;
  const lines = linesOf(text);
  for (const [index, line] of lines.entries()) {
    // What is between two lines is in the text: a blank, or nothing.
    end = text.indexOf(line, end) + line.length;
    if ((index + 1) % CUE_LINES !== 0 && index < lines.length - 1) continue;
    texts.push(text.slice(from, end).trim());
    from = end;
  }
  return texts;
}

function escapeVtt(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function timestamp(ms: number, separator: ',' | '.'): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const seconds = `${two((ms / 1_000) % 60)}${separator}${String(ms % 1_000).padStart(3, '0')}`;
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${seconds}`;
}
