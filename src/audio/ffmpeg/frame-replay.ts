import { SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import { LONGEST_HEADER_BYTES, type FrameParser, type MpegFrame } from '../mpeg/mpeg-frame.js';
import { Checkpoints } from '../session/checkpoints.js';
import type { Replay, Resumption } from './replay.js';

const MAX_KEPT_BYTES = 524_288;
/** A decoder needs some frames before the first one that is heard; MP3 reaches back several for its bit reservoir. */
const WARM_UP_SAMPLES = 8_192;

interface KeptFrame {
  bytes: Buffer;
  /** Where it begins, in samples of the recording. */
  position: number;
}

/** Streams of self-contained frames (ADTS, MP3): a fresh process goes on with any frame. */
export class FrameReplay implements Replay {
  private readonly checkpoints = new Checkpoints();
  private frames: KeptFrame[] = [];
  private keptBytes = 0;
  /** The frame that is not complete yet. */
  private rest: Buffer = Buffer.alloc(0);
  /** Where that one begins in the recording. */
  private restAt = 0;
  private skipBytes = 0;
  /** In samples of speech PCM, with fractions. */
  private position = 0;

  constructor(private readonly parse: FrameParser) {}

  note(bytes: Buffer): void {
    this.rest = Buffer.concat([this.rest, bytes]);
    for (;;) {
      const skipped = Math.min(this.skipBytes, this.rest.length);
      this.drop(skipped);
      this.skipBytes -= skipped;
      if (this.rest.length < LONGEST_HEADER_BYTES) return;
      const frame = this.parse(this.rest);
      if (frame === undefined) this.skipBytes = 1;
      else if (frame.samples === 0) this.passOver(frame);
      else if (this.rest.length >= frame.bytes) this.keep(frame);
      else return;
    }
  }

  from(given: number): Resumption {
    const usable = this.frames.findLastIndex(({ position }) => position <= given - WARM_UP_SAMPLES);
    const frames = this.frames.slice(Math.max(0, usable));
    return {
      bytes: [...frames.map(({ bytes }) => bytes), this.rest],
      position: Math.round(frames[0]?.position ?? this.position),
    };
  }

  settledAt(bytes: number): number | undefined {
    return this.checkpoints.settledAt(bytes);
  }

  private drop(bytes: number): void {
    this.rest = this.rest.subarray(bytes);
    this.restAt += bytes;
  }

  private passOver({ bytes, delaySamples, sampleRate }: MpegFrame): void {
    this.skipBytes = bytes;
    this.position -= (delaySamples * SPEECH_SAMPLE_RATE) / sampleRate;
  }

  private keep({ bytes, samples, sampleRate }: MpegFrame): void {
    this.frames.push({ bytes: Buffer.from(this.rest.subarray(0, bytes)), position: this.position });
    this.position += (samples * SPEECH_SAMPLE_RATE) / sampleRate;
    this.drop(bytes);
    this.checkpoints.pass(this.restAt, Math.ceil(this.position) + WARM_UP_SAMPLES);
    this.keptBytes += bytes;
    while (this.keptBytes > MAX_KEPT_BYTES) this.keptBytes -= this.frames.shift()!.bytes.length;
  }
}
