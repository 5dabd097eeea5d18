import { SPEECH_SAMPLE_RATE } from '../../../common/audio/pcm.js';

/**
 * Speech for the fake engine: words that are numbers, so that tests count lost, doubled and foreign ones exactly.
 *
 * One word is a block of 200 ms: eight tones of 20 ms each, then 40 ms of silence, the gap between words. A tone stands for
 * four bits (16 frequencies, 200 Hz apart, which are orthogonal over 20 ms): two tones for the space, four for the number, two
 * for a checksum. Tones survive changes of loudness, noise and lossy codecs. A block that is cut or damaged is no word.
 */
export interface CodedWord {
  /** One per session, 0 to 255, so that another session's word is recognised. */
  space: number;
  /** 0 to 65535. */
  number: number;
}

export const CODED_WORD_SAMPLES = 3_200;
const SYMBOL_SAMPLES = 320;
const SYMBOLS = 8;
const TONES_SAMPLES = SYMBOL_SAMPLES * SYMBOLS;
const LOWEST_HZ = 400;
const STEP_HZ = 200;
const AMPLITUDE = 0.3;
/** Relative to the loudest sample: what counts as the beginning of a block. */
const ONSET = 0.1;
const MIN_PEAK = 0.005;
/** Looking at the middle of a symbol forgives an onset that is some samples off. */
const MARGIN_SAMPLES = 40;

/** Text of a word, as the fake engine writes it: `space:number`. */
export function formatCodedWord({ space, number }: CodedWord): string {
  return `${space}:${number}`;
}

export function parseCodedWords(text: string): CodedWord[] {
  return [...text.matchAll(/(\d+):(\d+)/g)].map(([, space, number]) => ({
    space: Number(space),
    number: Number(number),
  }));
}

/** PCM of one word, gap included. */
export function encodeWord({ space, number }: CodedWord): Int16Array {
  const samples = new Int16Array(CODED_WORD_SAMPLES);
  nibblesOf(space, number).forEach((nibble, symbol) => {
    const step = (2 * Math.PI * (LOWEST_HZ + nibble * STEP_HZ)) / SPEECH_SAMPLE_RATE;
    for (let i = 0; i < SYMBOL_SAMPLES; i += 1) {
      samples[symbol * SYMBOL_SAMPLES + i] = Math.round(AMPLITUDE * 32_767 * Math.sin(step * (i + 0.5)));
    }
  });
  return samples;
}

/** PCM of several words, one after the other. */
export function encodeWords(words: readonly CodedWord[]): Int16Array {
  const samples = new Int16Array(words.length * CODED_WORD_SAMPLES);
  words.forEach((word, index) => samples.set(encodeWord(word), index * CODED_WORD_SAMPLES));
  return samples;
}

export interface DecodedWord extends CodedWord {
  /** Offset of its first sample. */
  at: number;
}

/** Words found in samples of -1..1, wherever they begin. */
export function decodeWords(samples: Float32Array): DecodedWord[] {
  const words: DecodedWord[] = [];
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  if (peak < MIN_PEAK) return words;
  let at = nextOnset(samples, 0, peak * ONSET);
  while (at !== undefined && at + TONES_SAMPLES <= samples.length) {
    const word = decodeBlock(samples, at);
    if (word) words.push({ ...word, at });
    at = word
      ? nextOnset(samples, at + TONES_SAMPLES, peak * ONSET)
      : nextOnset(samples, endOfBlock(samples, at, peak * ONSET), peak * ONSET);
  }
  return words;
}

function decodeBlock(samples: Float32Array, at: number): CodedWord | undefined {
  const nibbles = Array.from({ length: SYMBOLS }, (_, symbol) =>
    loudestTone(
      samples.subarray(
        at + symbol * SYMBOL_SAMPLES + MARGIN_SAMPLES,
        at + (symbol + 1) * SYMBOL_SAMPLES - MARGIN_SAMPLES,
      ),
    ),
  );
  const space = nibbles[0]! * 16 + nibbles[1]!;
  const number = nibbles.slice(2, 6).reduce((value, nibble) => value * 16 + nibble, 0);
  return nibblesOf(space, number).every((nibble, symbol) => nibble === nibbles[symbol])
    ? { space, number }
    : undefined;
}

function nibblesOf(space: number, number: number): number[] {
  const check = (space * 31 + number * 7 + (number >> 8) * 13 + 0x5a) & 0xff;
  return [
    space >> 4,
    space & 15,
    number >> 12,
    (number >> 8) & 15,
    (number >> 4) & 15,
    number & 15,
    check >> 4,
    check & 15,
  ];
}

/** Goertzel's algorithm over the 16 frequencies. */
function loudestTone(samples: Float32Array): number {
  let best = 0;
  let bestPower = -1;
  for (let tone = 0; tone < 16; tone += 1) {
    const factor = 2 * Math.cos((2 * Math.PI * (LOWEST_HZ + tone * STEP_HZ)) / SPEECH_SAMPLE_RATE);
    let previous = 0;
    let before = 0;
    for (const sample of samples) [before, previous] = [previous, sample + factor * previous - before];
    const power = previous * previous + before * before - factor * previous * before;
    if (power > bestPower) [best, bestPower] = [tone, power];
  }
  return best;
}

function nextOnset(samples: Float32Array, from: number, threshold: number): number | undefined {
  for (let i = from; i < samples.length; i += 1) if (Math.abs(samples[i]!) >= threshold) return i;
  return undefined;
}

/** The first gap behind a block that could not be read: half a gap's length without sound. */
function endOfBlock(samples: Float32Array, from: number, threshold: number): number {
  let quiet = 0;
  for (let i = from; i < samples.length; i += 1) {
    quiet = Math.abs(samples[i]!) < threshold ? quiet + 1 : 0;
    if (quiet >= (CODED_WORD_SAMPLES - TONES_SAMPLES) / 2) return i;
  }
  return samples.length;
}
