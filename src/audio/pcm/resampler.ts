import { SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import type { Workload } from '../workload.js';
import { lowPassTable, type LowPassTable } from './low-pass-table.js';
import { quantize, toInt16 } from './samples.js';

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
  private taken = 0;
  private given = 0;

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
    this.taken += samples.length;
    this.append(samples);
    return this.produce(Infinity);
  }

  /** The last samples, with silence assumed behind the end. */
  finish(): Int16Array {
    if (this.sampleRate === this.targetRate) return new Int16Array(0);
    const total = Math.ceil((this.taken * this.targetRate) / this.sampleRate);
    this.append(new Float32Array(this.table.reach + 1));
    return this.produce(total - this.given);
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
    this.given += count;
    return result.subarray(0, count);
  }

  private sampleAt(start: number): number {
    const row = this.table.row(Math.floor((this.remainder * this.table.phases) / this.targetRate));
    const history = this.history;
    // Four sums at once, because one sum would have to wait for itself.
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
