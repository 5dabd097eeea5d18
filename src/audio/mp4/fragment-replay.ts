import { SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import type { Replay, Resumption } from '../ffmpeg/replay.js';
import { Checkpoints } from '../session/checkpoints.js';
import { findBox, Mp4BoxWalker, type BoxPart } from './mp4-boxes.js';

/** Beyond these the stream can no longer be resumed (header), or only with a gap (fragments). */
const MAX_INIT_BYTES = 262_144;
const MAX_KEPT_BYTES = 524_288;
/** AAC needs the frame before the first one that is heard; this is more than two frames at 22.05 kHz. */
const WARM_UP_SAMPLES = 2_048;

interface Fragment {
  /** Where it begins in the recording. */
  at: number;
  parts: Buffer[];
  bytes: number;
  /** Where it begins, in samples of the recording; undefined until its `moof` box is complete. */
  position: number | undefined;
}

/** Fragmented MP4: a fresh process is fed the initialisation segment and then the fragments that it is to go on with. */
export class FragmentReplay implements Replay {
  private readonly walker = new Mp4BoxWalker();
  private readonly checkpoints = new Checkpoints();
  /** Bytes of the parts before the current one. */
  private partAt = 0;
  private init: Buffer[] = [];
  private initBytes = 0;
  private fragments: Fragment[] = [];
  private keptBytes = 0;
  private timescale: number | undefined;
  private firstTime: number | undefined;

  note(bytes: Buffer): void {
    for (const part of this.walker.push(Buffer.from(bytes))) this.take(part);
  }

  from(given: number): Resumption | undefined {
    if (this.initBytes > MAX_INIT_BYTES || this.fragments.length === 0) return undefined;
    const usable = this.fragments.findLastIndex(
      ({ position }) => position !== undefined && (position === 0 || position <= given - WARM_UP_SAMPLES),
    );
    const fragments = this.fragments.slice(Math.max(0, usable));
    if (fragments.some(({ bytes }) => bytes > MAX_KEPT_BYTES)) return undefined;
    return {
      bytes: [...this.init, ...fragments.flatMap(({ parts }) => parts)],
      position: fragments[0]!.position ?? given,
    };
  }

  settledAt(bytes: number): number | undefined {
    return this.checkpoints.settledAt(bytes);
  }

  private take(part: BoxPart): void {
    if (part.type === 'moof' && part.isStart)
      this.fragments.push({ at: this.partAt, parts: [], bytes: 0, position: undefined });
    const fragment = this.fragments.at(-1);
    if (fragment === undefined) this.keepInit(part);
    else this.keep(fragment, part);
    this.partAt += part.bytes.length;
  }

  private keepInit(part: BoxPart): void {
    this.initBytes += part.bytes.length;
    if (this.initBytes > MAX_INIT_BYTES) this.init = [];
    else this.init.push(part.bytes);
    if (part.type === 'moov' && part.isEnd) this.timescale = timescaleOf(Buffer.concat(this.init));
  }

  private keep(fragment: Fragment, part: BoxPart): void {
    // One that is too long by itself is not kept, and cannot be fed again.
    if (fragment.bytes + part.bytes.length <= MAX_KEPT_BYTES) fragment.parts.push(part.bytes);
    else fragment.parts = [];
    fragment.bytes += part.bytes.length;
    this.keptBytes += part.bytes.length;
    if (part.type === 'moof' && part.isEnd) this.locate(fragment);
    while (this.keptBytes > MAX_KEPT_BYTES && this.fragments.length > 1)
      this.keptBytes -= this.fragments.shift()!.bytes;
  }

  private locate(fragment: Fragment): void {
    fragment.position = this.positionOf(Buffer.concat(fragment.parts));
    if (fragment.position !== undefined)
      this.checkpoints.pass(fragment.at, fragment.position + WARM_UP_SAMPLES);
  }

  private positionOf(moof: Buffer): number | undefined {
    const time = decodeTimeOf(moof);
    if (time === undefined || this.timescale === undefined) return undefined;
    this.firstTime ??= time;
    return Math.round(((time - this.firstTime) * SPEECH_SAMPLE_RATE) / this.timescale);
  }
}

/** Ticks per second of the first track. ISO/IEC 14496-12, section 8.4.2. */
function timescaleOf(init: Buffer): number | undefined {
  const header = findBox(init, ['moov', 'trak', 'mdia', 'mdhd']);
  if (header === undefined || header.length < 24) return undefined;
  return header.readUInt32BE(header[0] === 1 ? 20 : 12) || undefined;
}

/** Decode time of the first sample of the fragment, in ticks. ISO/IEC 14496-12, section 8.8.12. */
function decodeTimeOf(moof: Buffer): number | undefined {
  const box = findBox(moof, ['moof', 'traf', 'tfdt']);
  if (box === undefined || box.length < (box[0] === 1 ? 12 : 8)) return undefined;
  return box[0] === 1 ? Number(box.readBigUInt64BE(4)) : box.readUInt32BE(4);
}
