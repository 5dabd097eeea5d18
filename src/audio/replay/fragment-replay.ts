import { SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import { ByteWindow } from '../byte-window.js';
import { KeptFrames, type KeptFrame } from './kept-frames.js';
import type { Replay, Resumption } from './replay.js';
import { Checkpoints } from '../recording/checkpoints.js';
import type { Workload } from '../workload.js';
import { findBox, Mp4BoxWalker, type BoxPart } from '../layouts/mp4-boxes.js';

/** Beyond these the stream can no longer be resumed (header), or only with a gap (fragments). */
const MAX_INIT_BYTES = 262_144;
const MAX_KEPT_BYTES = 524_288;
/** AAC needs the frame before the first one that counts; this is more than two frames at 22.05 kHz. */
const WARM_UP_SAMPLES = 2_048;
const BOX_HEADER_BYTES = 16;

/** Fragmented MP4: a fresh process is fed the initialisation segment and then the fragments that it is to go on with. */
export class FragmentReplay implements Replay {
  private readonly walker = new Mp4BoxWalker();
  private readonly checkpoints = new Checkpoints();
  /** Bytes of the parts before the current one. */
  private partAt = 0;
  /** Undefined when it is too long. */
  private init: ByteWindow | undefined = new ByteWindow(2 * MAX_INIT_BYTES);
  private readonly fragments = new KeptFrames(MAX_KEPT_BYTES);
  private hasFragments = false;
  /** Of the first `moov` box; 0 when it tells none. */
  private timescale: number | undefined;
  private firstTime: number | undefined;
  /** Where the current `moof` box begins in the recording. */
  private fragmentAt = 0;

  constructor(private readonly work: Workload) {}

  note(bytes: Buffer): void {
    for (const part of this.walker.write(bytes)) this.onPart(part);
  }

  from(given: number): Resumption | undefined {
    const first = this.fragments.choose((position) => position === 0 || position <= given - WARM_UP_SAMPLES);
    if (this.init === undefined || first === undefined) return undefined;
    return { bytes: [this.init.bytes, this.fragments.from(first)], position: first.position ?? given };
  }

  durableFrom(bytes: number): number | undefined {
    return this.checkpoints.durableFrom(bytes);
  }

  private onPart(part: BoxPart): void {
    this.work.add('bytes', part.bytes.length + BOX_HEADER_BYTES);
    if (part.type === 'moof' && part.isStart) {
      this.hasFragments = true;
      this.fragmentAt = this.partAt;
      this.fragments.begin();
    }
    if (this.hasFragments) this.keep(part);
    else this.keepInit(part);
    this.partAt += part.bytes.length;
  }

  private keepInit(part: BoxPart): void {
    if (this.init === undefined) return;
    if (this.init.length + part.bytes.length > MAX_INIT_BYTES) this.init = undefined;
    else this.init.append(part.bytes);
    // Only the first one is read: a hostile recording may hold thousands of them, and all bytes before it are read for each.
    if (part.type === 'moov' && part.isEnd && this.init !== undefined)
      this.timescale ??= timescaleOf(this.init.bytes) ?? 0;
  }

  private keep(part: BoxPart): void {
    this.fragments.append(part.bytes);
    const fragment = this.fragments.latest;
    if (part.type === 'moof' && part.isEnd && fragment !== undefined) this.locate(fragment);
  }

  private locate(fragment: KeptFrame): void {
    const moof = this.fragments.from(fragment);
    this.work.add('bytes', moof.length);
    fragment.position = this.positionOf(moof);
    if (fragment.position !== undefined)
      this.checkpoints.pass(this.fragmentAt, fragment.position + WARM_UP_SAMPLES);
  }

  private positionOf(moof: Buffer): number | undefined {
    const time = decodeTimeOf(moof);
    if (time === undefined || !this.timescale) return undefined;
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
