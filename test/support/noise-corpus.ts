import type { Random } from './random.js';

const RATE = 16_000;

type Generator = (length: number, random: Random) => Float32Array;

function decibels(random: Random, from: number, to: number): number {
  return 10 ** (-random.integer(from, to) / 20);
}

const silence: Generator = (length) => new Float32Array(length);

const white: Generator = (length, random) => {
  const level = decibels(random, 30, 60);
  return Float32Array.from({ length }, () => (random.next() * 2 - 1) * level);
};

/** Rain, or a room with an air conditioner (Paul Kellet's filter). */
const pink: Generator = (length, random) => {
  const level = decibels(random, 25, 50);
  const state = [0, 0, 0];
  const filter = [
    [0.99765, 0.099046],
    [0.963, 0.2965164],
    [0.57, 1.0526913],
  ] as const;
  return Float32Array.from({ length }, () => {
    const next = random.next() * 2 - 1;
    let sum = next * 0.1848;
    filter.forEach(([keep, take], index) => {
      state[index] = state[index]! * keep + next * take;
      sum += state[index];
    });
    return sum * 0.2 * level;
  });
};

/** Noise as of a fan: most of it deep. */
const brown: Generator = (length, random) => {
  const level = decibels(random, 20, 45);
  let value = 0;
  return Float32Array.from({ length }, () => {
    value = value * 0.98 + (random.next() * 2 - 1) * 0.2;
    return value * level;
  });
};

const hum: Generator = (length, random) => {
  const level = decibels(random, 20, 45);
  const hertz = random.pick([50, 60, 100, 120]);
  return Float32Array.from({ length }, (_, at) => {
    const phase = (2 * Math.PI * hertz * at) / RATE;
    return level * (Math.sin(phase) + 0.4 * Math.sin(2 * phase) + 0.2 * Math.sin(3 * phase));
  });
};

/** Typing: short bursts that die away. */
const clicks: Generator = (length, random) => {
  const out = new Float32Array(length);
  for (let at = 0; at < length; at += random.integer(RATE / 12, RATE / 2)) {
    addBurst(out, at, 160, 30, decibels(random, 6, 25), random);
  }
  return out;
};

/** Doors and tables: a knock of 20 ms and the room behind it, seconds apart. */
const slams: Generator = (length, random) => {
  const out = new Float32Array(length);
  for (let at = random.integer(0, RATE); at < length; at += random.integer(RATE, 4 * RATE)) {
    const level = decibels(random, 3, 15);
    const hertz = random.integer(60, 160);
    addBurst(out, at, 3_200, 400, level * 0.5, random);
    for (let i = 0; i < 8_000 && at + i < length; i += 1) {
      out[at + i]! += level * Math.exp(-i / 1_500) * Math.sin((2 * Math.PI * hertz * i) / RATE);
    }
  }
  return out;
};

/** Of machines and telephones: tones of 0.1 to 1 s with pauses, some gliding. */
const beeps: Generator = (length, random) => {
  const out = new Float32Array(length);
  const level = decibels(random, 15, 35);
  for (let at = 0; at < length;) {
    const long = random.integer(RATE / 10, RATE);
    const hertz = random.integer(300, 2_500);
    const glide = random.next() < 0.3 ? random.integer(-200, 400) : 0;
    for (let i = 0; i < long && at + i < length; i += 1) {
      const edge = Math.min(1, i / 80, (long - i) / 80);
      out[at + i] = level * edge * Math.sin((2 * Math.PI * i * (hertz + (glide * i) / RATE)) / RATE);
    }
    at += long + random.integer(RATE / 10, RATE);
  }
  return out;
};

/** Chords that change twice a second, with overtones. */
const chords: Generator = (length, random) => {
  const level = decibels(random, 18, 35);
  const out = new Float32Array(length);
  for (let at = 0; at < length; at += RATE / 2) {
    const root = 110 * 2 ** (random.integer(0, 24) / 12);
    for (const ratio of [1, 1.26, 1.5]) addNote(out, at, RATE / 2, root * ratio, level * 0.4);
  }
  return out;
};

/** A melody over a bass, with drums: music as most people hear it. */
const band: Generator = (length, random) => {
  const out = new Float32Array(length);
  const level = decibels(random, 12, 30);
  const beat = random.integer(Math.round(RATE * 0.3), Math.round(RATE * 0.6));
  const key = 220 * 2 ** (random.integer(0, 11) / 12);
  const scale = [0, 2, 4, 5, 7, 9, 11, 12];
  let step = 0;
  for (let at = 0, count = 0; at < length; at += beat, count += 1) {
    step = Math.max(0, Math.min(7, step + random.integer(-2, 2)));
    addNote(out, at, beat, key * 2 ** (scale[step]! / 12), level * 0.5);
    if (count % 4 === 0)
      addNote(out, at, beat * 4, (key / 4) * 2 ** (random.pick([0, 5, 7, 9]) / 12), level * 0.4);
    if (count % 2 === 0) addNote(out, at, beat, 60, level);
    else addBurst(out, at, 1_600, 500, level * 0.6, random);
    addBurst(out, at + Math.floor(beat / 2), 400, 100, level * 0.2, random);
  }
  return out;
};

/** People in the next room: a hum of voices without words, louder and softer at the pace of syllables. */
const murmur: Generator = (length, random) => {
  const level = decibels(random, 25, 45);
  const out = new Float32Array(length);
  for (let voice = 0; voice < 4; voice += 1) {
    const pace = 2 + 3 * random.next();
    const pitch = random.integer(90, 220);
    const shift = random.next() * 2 * Math.PI;
    let low = 0;
    for (let at = 0, phase = 0; at < length; at += 1) {
      const seconds = at / RATE;
      phase += (2 * Math.PI * pitch * (1 + 0.06 * Math.sin(2 * seconds + shift))) / RATE;
      const loudness = Math.max(0, Math.sin(2 * Math.PI * pace * seconds + shift)) ** 2;
      low = low * 0.9 + (Math.sign(Math.sin(phase)) * 0.6 + (random.next() * 2 - 1) * 0.6) * 0.1;
      out[at]! += level * 0.5 * loudness * low;
    }
  }
  return out;
};

/** Each kind of what a microphone hears when nobody speaks. */
const KINDS = { silence, white, pink, brown, hum, clicks, slams, beeps, chords, band, murmur } as const;
export type NoiseKind = keyof typeof KINDS;
export const NOISE_KINDS = Object.keys(KINDS) as NoiseKind[];

export interface NoisePiece {
  kind: NoiseKind;
  /** In samples at 16 kHz, of the whole corpus. */
  start: number;
  end: number;
}

export interface NoiseCorpus {
  samples: Int16Array;
  /** One behind the other, without gaps. */
  pieces: NoisePiece[];
}

/** One kind of noise, at a loudness that `random` chooses. */
export function noise(kind: NoiseKind, lengthSamples: number, random: Random): Int16Array {
  return Int16Array.from(KINDS[kind](lengthSamples, random), (value) =>
    Math.round(Math.max(-1, Math.min(1, value)) * 32_767),
  );
}

/** What a microphone hears when nobody speaks: pieces of 4 to 15 s of every kind, `seconds` in all. */
export function noiseCorpus(
  seconds: number,
  random: Random,
  kinds: readonly NoiseKind[] = NOISE_KINDS,
): NoiseCorpus {
  const samples = new Int16Array(seconds * RATE);
  const pieces: NoisePiece[] = [];
  for (let start = 0; start < samples.length;) {
    const end = Math.min(start + random.integer(4, 15) * RATE, samples.length);
    const kind = random.pick(kinds);
    samples.set(noise(kind, end - start, random), start);
    pieces.push({ kind, start, end });
    start = end;
  }
  return { samples, pieces };
}

/** The two together, the noise so many decibels softer than the speech is where it is loudest (the 90th percentile of 20 ms levels). */
export function mixed(speech: Int16Array, background: Int16Array, decibelsSofter: number): Int16Array {
  const gain = (levelOf(speech) / Math.max(1, levelOf(background))) * 10 ** (-decibelsSofter / 20);
  return speech.map((sample, index) => {
    const sum = sample + gain * (background[index] ?? 0);
    return Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  });
}

function levelOf(samples: Int16Array): number {
  const levels: number[] = [];
  for (let at = 0; at + 320 <= samples.length; at += 320) {
    let sum = 0;
    for (let i = at; i < at + 320; i += 1) sum += samples[i]! ** 2;
    levels.push(Math.sqrt(sum / 320));
  }
  return levels.sort((a, b) => a - b)[Math.floor(levels.length * 0.9)] ?? 0;
}

/** Noise that dies away. */
function addBurst(
  out: Float32Array,
  at: number,
  length: number,
  decay: number,
  level: number,
  random: Random,
): void {
  for (let i = 0; i < length && at + i < out.length; i += 1) {
    out[at + i]! += level * Math.exp(-i / decay) * (random.next() * 2 - 1);
  }
}

/** A plucked tone with overtones. */
function addNote(out: Float32Array, at: number, length: number, hertz: number, level: number): void {
  for (let i = 0; i < length && at + i < out.length; i += 1) {
    const phase = (2 * Math.PI * hertz * i) / RATE;
    const fade = Math.exp((-3 * i) / RATE) * Math.min(1, i / 40, (length - i) / 80);
    out[at + i]! += level * fade * (Math.sin(phase) + 0.3 * Math.sin(2 * phase) + 0.1 * Math.sin(3 * phase));
  }
}
