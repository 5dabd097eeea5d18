import { DecodeFailedError } from '../../common/errors/session-errors.js';
import { ByteWindow } from '../byte-window.js';
import type { FrameStream } from '../recording/frame-chain.js';
import type { Layout } from '../recording/layout-segment.js';
import { Mp4BoxWalker } from './mp4-boxes.js';

/** A longer index is not read. */
const MAX_INDEX_BYTES = 131_072;
/** Sample entries of what comes in frames of its own: the codes of QuickTime and Dolby. */
const FRAME_ENTRIES: Partial<Record<FrameStream, readonly string[]>> = {
  mp3: ['.mp3', 'ms\0U'],
  ac3: ['ac-3'],
  eac3: ['ec-3'],
};
/** Of MPEG-2 and MPEG-1 audio. https://mp4ra.org/registered-types/object-types */
const MPEG_AUDIO_OBJECTS: ReadonlySet<number> = new Set([0x69, 0x6b]);
const ES_DESCRIPTOR = 3;
const DECODER_DESCRIPTOR = 4;

/** By what comes first, the index (`moov`: Safari's recorder, streams) or the audio (`mdat`: phones). */
export class Mp4Layout implements Layout {
  private readonly walker = new Mp4BoxWalker();
  private choice: 'live' | 'whole' | undefined;
  private index: ByteWindow | undefined = new ByteWindow(2 * MAX_INDEX_BYTES);
  private isWithinBox = false;

  write(bytes: Buffer): 'live' | 'whole' | undefined {
    for (const { type, bytes: part, isStart, isEnd } of this.walker.write(bytes)) {
      this.isWithinBox = !isEnd;
      if (type === 'moov') this.keep(part);
      if (isStart) this.choice ??= choiceBy(type);
    }
    return this.choice;
  }

  /** In MP4, AAC has no frames of its own; the index names the other codecs. Before the index has come, any box may hold frames. */
  mayHold(stream: FrameStream): boolean {
    if (stream === 'aac' || !this.isWithinBox) return false;
    if (this.index === undefined || this.index.length === 0) return stream !== 'mpegts';
    const index = this.index.bytes;
    if (stream === 'mp3' && MPEG_AUDIO_OBJECTS.has(objectType(index) ?? 0)) return true;
    return FRAME_ENTRIES[stream]?.some((code) => index.includes(code, 0, 'latin1')) ?? false;
  }

  private keep(part: Buffer): void {
    if (this.index === undefined) return;
    if (this.index.length + part.length > MAX_INDEX_BYTES) this.index = undefined;
    else this.index.append(part);
  }
}

function choiceBy(type: string): 'live' | 'whole' | undefined {
  if (type === 'moov') return 'live';
  if (type === 'mdat') return 'whole';
  if (type === 'moof')
    throw new DecodeFailedError('The MP4 recording comes without its initialisation segment.');
  return undefined;
}

/** What an elementary stream is coded with, by its descriptor. ISO/IEC 14496-1, section 7.2.6. */
function objectType(index: Buffer): number | undefined {
  const box = index.indexOf('esds', 0, 'latin1');
  const stream = box + 8;
  if (box < 0 || index[stream] !== ES_DESCRIPTOR) return undefined;
  const decoder = behindSize(index, stream + 1) + 3;
  return index[decoder] === DECODER_DESCRIPTOR ? index[behindSize(index, decoder + 1)] : undefined;
}

/** Sizes have up to four bytes, all but the last one marked. */
function behindSize(index: Buffer, at: number): number {
  let end = at;
  while (end < at + 3 && (index[end] ?? 0) >= 0x80) end++;
  return end + 1;
}
