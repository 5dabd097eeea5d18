import { DecodeFailedError } from '../../common/errors/session-errors.js';
import { ByteWindow } from '../byte-window.js';
import type { FrameStream } from '../session/frame-chain.js';
import type { Layout } from '../session/layout-segment.js';
import { Mp4BoxWalker } from './mp4-boxes.js';

/** Of an index that is longer it is not known what it says. */
const MAX_INDEX_BYTES = 131_072;
/** Sample entries of what comes in frames of its own: the codes of QuickTime and Dolby. */
const FRAME_ENTRIES: Partial<Record<FrameStream, RegExp>> = {
  // Object types of MPEG audio in the decoder configuration. ISO/IEC 14496-1, section 7.2.6.6.
  mp3: /\.mp3|ms\0U|esds[^]{4}\x03[\x80-\xff]{0,3}[\0-\x7f][^]{3}\x04[\x80-\xff]{0,3}[\0-\x7f][\x69\x6b]/,
  ac3: /ac-3/,
  eac3: /ec-3/,
};

/** By what comes first, the index (`moov`: Safari's recorder, streams) or the audio (`mdat`: phones). */
export class Mp4Layout implements Layout {
  private readonly walker = new Mp4BoxWalker();
  private choice: 'live' | 'whole' | undefined;
  private index: ByteWindow | undefined = new ByteWindow(2 * MAX_INDEX_BYTES);
  private isWithinBox = false;

  push(bytes: Buffer): 'live' | 'whole' | undefined {
    for (const { type, bytes: part, isStart, isEnd } of this.walker.push(bytes)) {
      this.isWithinBox = !isEnd;
      if (type === 'moov') this.keep(part);
      if (isStart) this.choice ??= choiceBy(type);
    }
    return this.choice;
  }

  /** AAC has no frames of its own in MP4, and of other codecs the index tells. Before it has come, all of a box may be one. */
  mayHold(stream: FrameStream): boolean {
    if (stream === 'aac' || !this.isWithinBox) return false;
    if (this.index === undefined || this.index.length === 0) return stream !== 'mpegts';
    return FRAME_ENTRIES[stream]?.test(this.index.bytes.toString('latin1')) ?? false;
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
