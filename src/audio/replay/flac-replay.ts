import { SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import { KeptFrames } from './kept-frames.js';
import type { Replay, Resumption } from './replay.js';
import { Checkpoints } from '../recording/checkpoints.js';
import type { Workload } from '../workload.js';
import { LONGEST_FLAC_HEADER_BYTES, parseFlacFrame, type FlacFrame } from '../frames/flac-frame.js';

const MAX_KEPT_BYTES = 1_048_576;
/** Magic and STREAMINFO, which every decoder needs. RFC 9639, sections 6 and 8.2. */
const HEADER_BYTES = 42;
const RATE_AT = 18;
/** In the header of STREAMINFO: that no other metadata follow. */
const LAST_METADATA_AT = 4;
const LAST_METADATA = 0x80;

/** FLAC: a fresh process is fed the header and then the frames that it is to go on with, each of which stands alone. */
export class FlacReplay implements Replay {
  private readonly checkpoints = new Checkpoints();
  private header: Buffer = Buffer.alloc(0);
  private readonly frames = new KeptFrames(MAX_KEPT_BYTES);
  /** The last bytes that have come, in which a header may begin that is still incomplete. */
  private rest: Buffer = Buffer.alloc(0);
  /** Where `rest` begins in the recording. */
  private restAt = 0;
  private lastNumber = -1;
  /** In samples of speech PCM, with fractions. */
  private position = 0;

  constructor(private readonly work: Workload) {}

  note(bytes: Buffer): void {
    let next = bytes;
    if (this.header.length < HEADER_BYTES) {
      const missing = HEADER_BYTES - this.header.length;
      this.header = Buffer.concat([this.header, next.subarray(0, missing)]);
      this.restAt = this.header.length;
      next = next.subarray(missing);
    }
    const window = Buffer.concat([this.rest, next]);
    this.work.add('bytes', window.length);
    let from = 0;
    let at = window.indexOf(0xff);
    for (; at >= 0 && at + LONGEST_FLAC_HEADER_BYTES <= window.length; at = window.indexOf(0xff, at + 1)) {
      const frame = parseFlacFrame(window.subarray(at));
      this.work.add('bytes', LONGEST_FLAC_HEADER_BYTES);
      // A second recording counts from the start again.
      if (frame === undefined || (frame.number <= this.lastNumber && frame.number > 0)) continue;
      this.frames.append(window.subarray(from, at));
      this.enter(frame, this.restAt + at);
      from = at;
    }
    const end = Math.max(from, window.length - LONGEST_FLAC_HEADER_BYTES + 1);
    this.frames.append(window.subarray(from, end));
    this.rest = Buffer.from(window.subarray(end));
    this.restAt += end;
  }

  from(given: number): Resumption {
    const first = this.frames.choose((position) => position <= given);
    const header = Buffer.from(this.header);
    if (header.length > LAST_METADATA_AT) header[LAST_METADATA_AT]! |= LAST_METADATA;
    return {
      bytes: [header, ...(first === undefined ? [] : [this.frames.from(first)]), this.rest],
      position: Math.round(first?.position ?? (this.lastNumber < 0 ? 0 : given)),
    };
  }

  durableFrom(bytes: number): number | undefined {
    return this.checkpoints.durableFrom(bytes);
  }

  private enter({ samples, number }: FlacFrame, at: number): void {
    this.lastNumber = number;
    this.checkpoints.pass(at, Math.ceil(this.position));
    this.frames.begin(this.position);
    this.position += (samples * SPEECH_SAMPLE_RATE) / this.sampleRate;
  }

  private get sampleRate(): number {
    const rate = this.header.readUIntBE(RATE_AT, 3) >> 4;
    return rate === 0 ? SPEECH_SAMPLE_RATE : rate;
  }
}
