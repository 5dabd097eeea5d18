import type { Random } from './random.js';

const RATE = 16_000;

type Kind = (length: number, random: Random) => Float32Array;

const silence: Kind = (length) => new Float32Array(length);

const hiss: Kind = (length, random) => {
  const level = 10 ** (-random.integer(30, 60) / 20);
  return Float32Array.from({ length }, () => (random.next() * 2 - 1) * level);
};

/** Noise as of a fan: most of it deep. */
const fan: Kind = (length, random) => {
  const level = 10 ** (-random.integer(20, 45) / 20);
  let value = 0;
  return Float32Array.from({ length }, () => {
    value = value * 0.98 + (random.next() * 2 - 1) * 0.2;
    return value * level;
  });
};

const hum: Kind = (length, random) => {
  const level = 10 ** (-random.integer(20, 45) / 20);
  const hertz = random.pick([50, 60, 100, 120]);
  return Float32Array.from({ length }, (_, at) => {
    const phase = (2 * Math.PI * hertz * at) / RATE;
    return level * (Math.sin(phase) + 0.4 * Math.sin(2 * phase) + 0.2 * Math.sin(3 * phase));
  });
};

/** Chords that change twice a second, with overtones. */
const music: Kind = (length, random) => {
  const level = 10 ** (-random.integer(18, 35) / 20);
  const out = new Float32Array(length);
  for (let from = 0; from < length; from += RATE / 2) {
    const root = 110 * 2 ** (random.integer(0, 24) / 12);
    const tones = [1, 1.26, 1.5].map((ratio) => root * ratio);
    for (let at = from; at < Math.min(length, from + RATE / 2); at += 1) {
      const fade = Math.exp((-3 * (at - from)) / RATE);
      for (const tone of tones) {
        const phase = (2 * Math.PI * tone * at) / RATE;
        out[at]! += level * fade * (Math.sin(phase) + 0.3 * Math.sin(2 * phase)) * 0.4;
      }
    }
  }
  return out;
};

/** Typing: short bursts that die away. */
const clicks: Kind = (length, random) => {
  const out = new Float32Array(length);
  for (let at = 0; at < length; at += random.integer(RATE / 12, RATE / 2)) {
    const level = 10 ** (-random.integer(6, 25) / 20);
    for (let i = 0; i < 160 && at + i < length; i += 1) {
      out[at + i] = level * Math.exp(-i / 30) * (random.next() * 2 - 1);
    }
  }
  return out;
};

const KINDS = [silence, hiss, fan, hum, music, clicks];

/** What a microphone hears when nobody speaks: pieces of 4 to 15 s of every kind, `seconds` in all. */
export function noiseCorpus(seconds: number, random: Random): Int16Array {
  const corpus = new Int16Array(seconds * RATE);
  for (let at = 0; at < corpus.length;) {
    const length = Math.min(random.integer(4, 15) * RATE, corpus.length - at);
    const piece = random.pick(KINDS)(length, random);
    piece.forEach((sample, index) => {
      corpus[at + index] = Math.round(Math.max(-1, Math.min(1, sample)) * 32_767);
    });
    at += length;
  }
  return corpus;
}
