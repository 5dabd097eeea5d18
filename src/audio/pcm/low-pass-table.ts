/** Zero crossings of the sinc on each side: a transition band of 1.2 kHz where the lower rate is 16 kHz. */
const ZERO_CROSSINGS = 32;
/** Kaiser window: about 80 dB of stop-band attenuation. */
const KAISER_BETA = 8;
/** Middle of the transition band against the lower Nyquist frequency, so that the band ends there. */
const CUTOFF = 0.93;
/** Phases tabulated at most: all there are of the usual rates (640 of 11025 Hz). Of odd rates the nearest one is taken. */
const MAX_PHASES = 1_024;
const MAX_CACHED_TABLES = 8;

export interface LowPassTable {
  /** Input samples on each side of an output sample that take part in it. Even, so that filters run in steps of four. */
  reach: number;
  /** Positions between two input samples that have a filter of their own. */
  phases: number;
  /** The filter of a position: `2 * reach` coefficients. Made when it is first asked for, as a short recording needs few of them. */
  row(phase: number): Float32Array;
}

const KAISER_POINTS = 4_096;
const KAISER = Float64Array.from({ length: KAISER_POINTS + 1 }, (_, point) => {
  const x = point / KAISER_POINTS;
  return bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);
});

const tables = new Map<string, LowPassTable>();

/** The anti-aliasing filter from one sample rate to another. Tables are shared by all that change the same rates. */
export function lowPassTable(sampleRate: number, targetRate: number): LowPassTable {
  const rates = `${sampleRate} ${targetRate}`;
  const known = tables.get(rates);
  if (known !== undefined) return known;
  if (tables.size >= MAX_CACHED_TABLES) tables.delete(tables.keys().next().value!);
  const table = build(sampleRate, targetRate);
  tables.set(rates, table);
  return table;
}

function build(sampleRate: number, targetRate: number): LowPassTable {
  const ratio = Math.min(1, targetRate / sampleRate);
  const cutoff = ratio * CUTOFF;
  const reach = 2 * Math.ceil(ZERO_CROSSINGS / ratio / 2);
  const phases = targetRate / greatestCommonDivisor(targetRate, sampleRate);
  const tabulated = Math.min(phases, MAX_PHASES);
  const rows = Array.from({ length: tabulated }, (): Float32Array | undefined => undefined);
  const make = (phase: number): Float32Array => {
    const row = new Float32Array(2 * reach);
    let sum = 0;
    for (let tap = 0; tap < row.length; tap++) {
      const distance = tap - (reach - 1) - phase / tabulated;
      const value = cutoff * sinc(distance * cutoff) * kaiser(distance / reach);
      row[tap] = value;
      sum += value;
    }
    return row.map((value) => value / sum);
  };
  return { reach, phases: tabulated, row: (phase) => (rows[phase] ??= make(phase)) };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** By linear interpolation, to 7 digits: a row of the widest filter takes 768 of them, and odd rates take a thousand rows. */
function kaiser(x: number): number {
  const position = Math.abs(x) * KAISER_POINTS;
  const point = Math.floor(position);
  if (point >= KAISER_POINTS) return 0;
  const value = KAISER[point]!;
  return value + (KAISER[point + 1]! - value) * (position - point);
}

/** Modified Bessel function of the first kind, order zero, by its power series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
