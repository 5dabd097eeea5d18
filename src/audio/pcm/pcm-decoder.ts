import { SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import type { SegmentDecoder } from '../recording/segment-decoder.js';
import type { Workload } from '../workload.js';
import { Resampler } from './resampler.js';

export type PcmEncoding = 'u8' | 's16le' | 's24le' | 's32le' | 'f32le' | 'f64le';

interface SampleReader {
  bytes: number;
  /** The sample at an offset, scaled to [-1, 1]. */
  read: (this: void, view: DataView, offset: number) => number;
}

const SAMPLE_READERS: Record<PcmEncoding, SampleReader> = {
  u8: { bytes: 1, read: (view, offset) => (view.getUint8(offset) - 128) / 128 },
  s16le: { bytes: 2, read: (view, offset) => view.getInt16(offset, true) / 32_768 },
  s24le: {
    bytes: 3,
    read: (view, offset) => (view.getUint16(offset, true) + view.getInt8(offset + 2) * 65_536) / 8_388_608,
  },
  s32le: { bytes: 4, read: (view, offset) => view.getInt32(offset, true) / 2_147_483_648 },
  f32le: { bytes: 4, read: (view, offset) => finite(view.getFloat32(offset, true)) },
  f64le: { bytes: 8, read: (view, offset) => finite(view.getFloat64(offset, true)) },
};

/** A NaN becomes 0: in the resampler it would spread to the samples around it. */
function finite(sample: number): number {
  return Number.isFinite(sample) ? sample : 0;
}

export interface PcmFormat {
  encoding: PcmEncoding;
  sampleRate: number;
  channels: number;
}

/** Raw interleaved PCM to speech PCM: channels are averaged, then the rate is changed. */
export class PcmDecoder implements SegmentDecoder {
  private readonly resampler: Resampler;
  private readonly frameBytes: number;
  /** Whether the input has the format of the output already: s16le, mono, at the target rate. */
  private readonly isConverted: boolean;
  /** The beginning of a frame that the last chunk cut. */
  private readonly cut: Uint8Array;
  private cutBytes = 0;

  constructor(
    private readonly format: PcmFormat,
    targetRate = SPEECH_SAMPLE_RATE,
    private readonly work?: Workload,
  ) {
    this.resampler = new Resampler(format.sampleRate, targetRate, work);
    this.frameBytes = SAMPLE_READERS[format.encoding].bytes * format.channels;
    this.isConverted =
      format.encoding === 's16le' && format.channels === 1 && format.sampleRate === targetRate;
    this.cut = new Uint8Array(this.frameBytes);
  }

  *write(bytes: Uint8Array): Generator<Int16Array> {
    this.work?.add('bytes', bytes.length);
    let rest = bytes;
    if (this.cutBytes > 0) {
      const missing = Math.min(this.frameBytes - this.cutBytes, rest.length);
      this.cut.set(rest.subarray(0, missing), this.cutBytes);
      this.cutBytes += missing;
      rest = rest.subarray(missing);
      if (this.cutBytes < this.frameBytes) return;
      this.cutBytes = 0;
      yield this.convert(this.cut);
    }
    const whole = rest.length - (rest.length % this.frameBytes);
    if (whole > 0) yield this.convert(rest.subarray(0, whole));
    this.cut.set(rest.subarray(whole));
    this.cutBytes = rest.length - whole;
  }

  *finish(): Generator<Int16Array> {
    yield this.resampler.finish();
  }

  free(): void {
    this.cutBytes = 0;
  }

  /** A decoder could begin at any sample. */
  durableFrom(bytes: number): number {
    const frames = Math.ceil(bytes / this.frameBytes);
    return Math.ceil((frames * SPEECH_SAMPLE_RATE) / this.format.sampleRate);
  }

  private convert(frames: Uint8Array): Int16Array {
    if (!this.isConverted) return this.resampler.write(this.mixDown(frames));
    const samples = new Int16Array(frames.length / this.frameBytes);
    new Uint8Array(samples.buffer).set(frames);
    return samples;
  }

  private mixDown(bytes: Uint8Array): Float32Array {
    const { channels } = this.format;
    const { bytes: sampleBytes, read } = SAMPLE_READERS[this.format.encoding];
    // A view by the chunk's own offset: small Buffers share one pool, so offset 0 may be somebody else's bytes.
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const frames = new Float32Array(bytes.length / this.frameBytes);
    let offset = 0;
    for (let frame = 0; frame < frames.length; frame++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++, offset += sampleBytes) sum += read(view, offset);
      frames[frame] = sum / channels;
    }
    return frames;
  }
}
