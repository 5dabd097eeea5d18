import { SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import type { Workload } from '../workload.js';
import { quantize, toInt16 } from './samples.js';

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
function lowPassTable(sampleRate: number, targetRate: number): LowPassTable {
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

/**
 * Streaming resampler from any rate to that of speech PCM, or another: a windowed-sinc low-pass evaluated at exact rational
 * positions, so that the phase never drifts, nothing folds back, and cutting the input differently changes no sample. Sample 0 of
 * the output falls on sample 0 of the input.
 */
export class Resampler {
  private readonly table: LowPassTable;
  /** Input samples that output still needs; the first belongs to position `next.index - reach + 1`. */
  private history: Float32Array;
  private held: number;
  /** Position of the next output sample behind the start of `history`, minus the reach: whole samples, and parts of one. */
  private index = 0;
  private remainder = 0;
  /** From one output sample to the next, in the same terms. */
  private readonly wholeStep: number;
  private readonly restStep: number;
  private writtenSamples = 0;
  private givenSamples = 0;

  constructor(
    private readonly sampleRate: number,
    private readonly targetRate = SPEECH_SAMPLE_RATE,
    private readonly work?: Workload,
  ) {
    this.table = lowPassTable(sampleRate, targetRate);
    this.wholeStep = Math.floor(sampleRate / targetRate);
    this.restStep = sampleRate % targetRate;
    this.held = this.table.reach - 1;
    this.history = new Float32Array(this.held + 1_024);
  }

  write(samples: Float32Array): Int16Array {
    if (this.sampleRate === this.targetRate) return quantize(samples);
    this.writtenSamples += samples.length;
    this.append(samples);
    return this.produce(Infinity);
  }

  /** The last samples, with silence assumed behind the end. */
  finish(): Int16Array {
    if (this.sampleRate === this.targetRate) return new Int16Array(0);
    const total = Math.ceil((this.writtenSamples * this.targetRate) / this.sampleRate);
    this.append(new Float32Array(this.table.reach + 1));
    return this.produce(total - this.givenSamples);
  }

  private append(samples: Float32Array): void {
    if (this.held + samples.length > this.history.length) {
      const larger = new Float32Array(2 * (this.held + samples.length));
      larger.set(this.history.subarray(0, this.held));
      this.history = larger;
    }
    this.history.set(samples, this.held);
    this.held += samples.length;
  }

  private produce(most: number): Int16Array {
    const taps = 2 * this.table.reach;
    const available = Math.max(0, this.held - taps + 1 - this.index);
    const room = Math.ceil((available * this.targetRate) / this.sampleRate) + 1;
    const result = new Int16Array(Math.min(room, most));
    let count = 0;
    while (count < result.length && this.index + taps <= this.held) {
      result[count++] = toInt16(this.sampleAt(this.index));
      this.index += this.wholeStep;
      this.remainder += this.restStep;
      if (this.remainder >= this.targetRate) {
        this.remainder -= this.targetRate;
        this.index++;
      }
    }
    this.work?.add('taps', count * taps);
    this.forget();
    this.givenSamples += count;
    return result.subarray(0, count);
  }

  private sampleAt(start: number): number {
    const row = this.table.row(Math.floor((this.remainder * this.table.phases) / this.targetRate));
    const history = this.history;
    // Four independent sums: each addition to a single sum would wait for the one before it.
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let tap = 0, at = start; tap < row.length; tap += 4, at += 4) {
      a += history[at]! * row[tap]!;
      b += history[at + 1]! * row[tap + 1]!;
      c += history[at + 2]! * row[tap + 2]!;
      d += history[at + 3]! * row[tap + 3]!;
    }
    return a + b + (c + d);
  }

  private forget(): void {
    const gone = Math.min(this.index, this.held);
    if (gone === 0) return;
    this.history.copyWithin(0, gone, this.held);
    this.held -= gone;
    this.index -= gone;
  }
}
