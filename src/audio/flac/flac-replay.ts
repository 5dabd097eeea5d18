import { SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import type { Replay, Resumption } from '../ffmpeg/replay.js';
import { Checkpoints } from '../session/checkpoints.js';
import { LONGEST_FLAC_HEADER_BYTES, parseFlacFrame, type FlacFrame } from './flac-frame.js';

const MAX_KEPT_BYTES = 1_048_576;
/** Magic and STREAMINFO, which a decoder cannot do without. RFC 9639, sections 6 and 8.2. */
const HEADER_BYTES = 42;
const RATE_AT = 18;
/** In the header of STREAMINFO: that no other metadata follow. */
const LAST_METADATA_AT = 4;
const LAST_METADATA = 0x80;

interface KeptFrame {
  parts: Buffer[];
  bytes: number;
  /** Where it begins, in samples of the recording. */
  position: number;
}

/** FLAC: a fresh process is fed the header and then the frames that it is to go on with, each of which stands alone. */
export class FlacReplay implements Replay {
  private readonly checkpoints = new Checkpoints();
  private header: Buffer = Buffer.alloc(0);
  private frames: KeptFrame[] = [];
  private keptBytes = 0;
  /** The end of what has come, where a header may begin of which the rest is missing. */
  private rest: Buffer = Buffer.alloc(0);
  /** Where that begins in the recording. */
  private restAt = 0;
  private lastNumber = -1;
  /** In samples of speech PCM, with fractions. */
  private position = 0;

  note(bytes: Buffer): void {
    let next = bytes;
    if (this.header.length < HEADER_BYTES) {
      const missing = HEADER_BYTES - this.header.length;
      this.header = Buffer.concat([this.header, next.subarray(0, missing)]);
      this.restAt = this.header.length;
      next = next.subarray(missing);
    }
    const window = Buffer.concat([this.rest, next]);
    let from = 0;
    let at = window.indexOf(0xff);
    for (; at >= 0 && at + LONGEST_FLAC_HEADER_BYTES <= window.length; at = window.indexOf(0xff, at + 1)) {
      const frame = parseFlacFrame(window.subarray(at));
      // A second recording counts from the start again.
      if (frame === undefined || (frame.number <= this.lastNumber && frame.number > 0)) continue;
      this.keep(window.subarray(from, at));
      this.enter(frame, this.restAt + at);
      from = at;
    }
    const end = Math.max(from, window.length - LONGEST_FLAC_HEADER_BYTES + 1);
    this.keep(window.subarray(from, end));
    this.rest = Buffer.from(window.subarray(end));
    this.restAt += end;
  }

  from(given: number): Resumption {
    const usable = Math.max(
      0,
      this.frames.findLastIndex(({ position }) => position <= given),
    );
    const header = Buffer.from(this.header);
    if (header.length > LAST_METADATA_AT) header[LAST_METADATA_AT]! |= LAST_METADATA;
    return {
      bytes: [header, ...this.frames.slice(usable).flatMap(({ parts }) => parts), this.rest],
      position: Math.round(this.frames[usable]?.position ?? (this.lastNumber < 0 ? 0 : given)),
    };
  }

  settledAt(bytes: number): number | undefined {
    return this.checkpoints.settledAt(bytes);
  }

  private enter({ samples, number }: FlacFrame, at: number): void {
    this.lastNumber = number;
    this.checkpoints.pass(at, Math.ceil(this.position));
    this.frames.push({ parts: [], bytes: 0, position: this.position });
    this.position += (samples * SPEECH_SAMPLE_RATE) / this.sampleRate;
    while (this.keptBytes > MAX_KEPT_BYTES && this.frames.length > 1)
      this.keptBytes -= this.frames.shift()!.bytes;
  }

  /** What is not part of a frame is metadata, and not needed. */
  private keep(part: Buffer): void {
    const frame = this.frames.at(-1);
    if (frame === undefined || part.length === 0) return;
    frame.parts.push(Buffer.from(part));
    frame.bytes += part.length;
    this.keptBytes += part.length;
    // No frame is as long as that: the rest of it is not known for what it is, and not kept.
    if (frame.bytes > MAX_KEPT_BYTES) this.forget();
  }

  private forget(): void {
    this.frames = [];
    this.keptBytes = 0;
  }

  private get sampleRate(): number {
    const rate = this.header.readUIntBE(RATE_AT, 3) >> 4;
    return rate === 0 ? SPEECH_SAMPLE_RATE : rate;
  }
}
