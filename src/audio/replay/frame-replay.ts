import { SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import { ByteWindow } from '../byte-window.js';
import { LONGEST_HEADER_BYTES, type FrameParser, type MpegFrame } from '../frames/mpeg-frame.js';
import { Checkpoints } from '../recording/checkpoints.js';
import type { Workload } from '../workload.js';
import { KeptFrames } from './kept-frames.js';
import type { Replay, Resumption } from './replay.js';

const MAX_KEPT_BYTES = 524_288;
/** A decoder needs some frames before the first one that counts: the bit reservoir of MP3 reaches back several frames. */
const WARM_UP_SAMPLES = 8_192;
/** More than a frame of any kind and the bytes of one `note`. */
const MAX_REST_BYTES = 131_072;

/** Streams of self-contained frames (ADTS, MP3, AC-3): a fresh process goes on with any frame. */
export class FrameReplay implements Replay {
  private readonly checkpoints = new Checkpoints();
  private readonly frames = new KeptFrames(MAX_KEPT_BYTES);
  /** The frame that is not complete yet. */
  private readonly rest = new ByteWindow(MAX_REST_BYTES);
  private skipBytes = 0;
  /** In samples of speech PCM, with fractions. */
  private position = 0;

  constructor(
    private readonly parse: FrameParser,
    private readonly work: Workload,
  ) {}

  note(bytes: Buffer): void {
    this.rest.append(bytes);
    for (;;) {
      const skipped = Math.min(this.skipBytes, this.rest.length);
      this.rest.consume(skipped);
      this.skipBytes -= skipped;
      if (this.rest.length < LONGEST_HEADER_BYTES) return;
      const frame = this.parse(this.rest.bytes);
      if (frame === undefined) this.skipBytes = nextStart(this.rest.bytes);
      else if (frame.samples === 0) this.passOver(frame);
      else if (this.rest.length >= frame.bytes) this.keep(frame);
      else return;
      this.work.add('bytes', LONGEST_HEADER_BYTES);
    }
  }

  from(given: number): Resumption {
    const first = this.frames.choose((position) => position <= given - WARM_UP_SAMPLES);
    const kept = first === undefined ? [] : [this.frames.from(first)];
    return { bytes: [...kept, this.rest.bytes], position: Math.round(first?.position ?? this.position) };
  }

  durableFrom(bytes: number): number | undefined {
    return this.checkpoints.durableFrom(bytes);
  }

  private passOver({ bytes, delaySamples, sampleRate }: MpegFrame): void {
    this.skipBytes = bytes;
    this.position -= (delaySamples * SPEECH_SAMPLE_RATE) / sampleRate;
  }

  private keep({ bytes, samples, sampleRate }: MpegFrame): void {
    this.work.add('bytes', bytes);
    this.frames.begin(this.position);
    this.frames.append(this.rest.bytes.subarray(0, bytes));
    this.position += (samples * SPEECH_SAMPLE_RATE) / sampleRate;
    this.rest.consume(bytes);
    this.checkpoints.pass(this.rest.offset, Math.ceil(this.position) + WARM_UP_SAMPLES);
  }
}

/** First bytes of a frame of MPEG audio, of a tag before it, and of a frame of AC-3. */
const STARTS: ReadonlySet<number> = new Set([0xff, 0x49, 0x0b]);

function nextStart(bytes: Buffer): number {
  let at = 1;
  while (at < bytes.length && !STARTS.has(bytes[at]!)) at++;
  return at;
}
