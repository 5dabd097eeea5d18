import { DecodeFailedError, UnsupportedAudioError } from '../../common/errors/session-errors.js';
import { ByteWindow } from '../byte-window.js';
import type { DecoderLimits } from '../decoder-limits.js';
import { OPUS_SAMPLE_RATE, parseOpusHead, type OpusPacket } from '../opus/opus-format.js';
import type { OpusDemuxer, OpusDemuxerListener } from '../opus/opus-segment.js';
import type { Workload } from '../workload.js';
import {
  childElements,
  EBML_ID,
  type ElementHeader,
  readElementHeader,
  signedValue,
  SKIPPED_IDS,
  unsignedValue,
} from './ebml.js';
import { parseWebmBlock } from './webm-block.js';
import { findResumption } from './webm-resync.js';

/** The audio track of a WebM recording. */
interface WebmTrack {
  number: number;
  codecId: string;
  /** For Opus: the same header as in Ogg. Empty when the writer left it out. */
  codecPrivate: Buffer;
}

const SUPPORTED_CODEC = 'A_OPUS';

/** Body of a TrackEntry element. Undefined when it is no audio, such as the video of a camera recording. */
function parseWebmTrack(entry: Buffer): WebmTrack | undefined {
  const track: WebmTrack = { number: 0, codecId: '', codecPrivate: Buffer.alloc(0) };
  let isEncoded = false;
  for (const { id, body } of childElements(entry)) {
    if (id === EBML_ID.trackNumber) track.number = unsignedValue(body);
    else if (id === EBML_ID.codecId) track.codecId = body.toString('latin1').replace(/\0+$/, '');
    // Copied, since the body is only a view of bytes that are about to be overwritten.
    else if (id === EBML_ID.codecPrivate) track.codecPrivate = Buffer.from(body);
    else if (id === EBML_ID.contentEncodings) isEncoded = true;
  }
  if (!track.codecId.startsWith('A_')) return undefined;
  if (track.codecId !== SUPPORTED_CODEC)
    throw new UnsupportedAudioError('The WebM recording holds a codec that is not supported; use Opus.');
  if (isEncoded) throw new UnsupportedAudioError('Encrypted or recompressed WebM is not supported.');
  return track;
}

/** Entered without counting their bytes: their ends do not matter, and sizes may be unknown. */
const MASTERS: ReadonlySet<number> = new Set([EBML_ID.segment, EBML_ID.cluster, EBML_ID.tracks]);
/** Read whole. */
const READ: ReadonlySet<number> = new Set([EBML_ID.trackEntry, EBML_ID.simpleBlock, EBML_ID.blockGroup]);
/** Passed over. Any other element counts as damage, as skipping it by a wrong size would lose minutes. */
const SKIPPED: ReadonlySet<number> = new Set(SKIPPED_IDS);
/** At most: four of the ID and eight of the size. */
const ELEMENT_HEADER_BYTES = 12;
const SAMPLES_PER_NANOSECOND = OPUS_SAMPLE_RATE / 1e9;

/**
 * The packets of the audio track of a live WebM. It walks the elements one after the other instead of keeping a tree, so it
 * takes segments and clusters of unknown size, and goes on at the next cluster when a part is damaged.
 */
export class WebmDemuxer implements OpusDemuxer {
  private readonly window: ByteWindow;
  private track: WebmTrack | undefined;
  private skipBytes = 0;
  private isLost = false;
  private lostBytes = 0;

  /** @param listener is told of the audio track, and where each cluster begins */
  constructor(
    private readonly limits: DecoderLimits,
    private readonly work: Workload,
    private readonly listener: OpusDemuxerListener,
  ) {
    this.window = new ByteWindow(2 * limits.maxElementBytes);
  }

  *write(bytes: Uint8Array): Generator<OpusPacket> {
    this.window.append(bytes);
    while (this.window.length > 0) {
      if (this.skipBytes > 0) this.skip();
      else if (this.isLost) {
        if (!this.resync()) return;
      } else {
        this.work.add('bytes', ELEMENT_HEADER_BYTES);
        const header = readElementHeader(this.window.bytes, 0);
        if (header === 'more') return;
        if (header === 'damaged' || !isKnown(header.id)) this.isLost = true;
        else if (this.isWhole(header)) yield* this.element(header);
        else return;
      }
    }
  }

  finish(): Iterable<OpusPacket> {
    if (this.track === undefined) throw new DecodeFailedError('The recording ends within its header.');
    return [];
  }

  private skip(): void {
    const count = Math.min(this.skipBytes, this.window.length);
    this.window.consume(count);
    this.skipBytes -= count;
  }

  private resync(): boolean {
    if (this.track === undefined) throw new DecodeFailedError('The header of the WebM recording is damaged.');
    const { at, found } = findResumption(this.window.bytes, this.track.number);
    this.work.add('bytes', at + ELEMENT_HEADER_BYTES);
    this.window.consume(at);
    this.lostBytes += at;
    if (this.lostBytes > this.limits.maxResyncBytes)
      throw new DecodeFailedError('The WebM recording is damaged.');
    this.isLost = !found;
    return found;
  }

  /** Whether the window holds all of the element that is needed at once. */
  private isWhole({ id, size, headerBytes }: ElementHeader): boolean {
    if (MASTERS.has(id)) return true;
    if (size === undefined)
      throw new DecodeFailedError('The WebM recording holds an element without a size.');
    if (!READ.has(id)) {
      if (size > this.limits.maxSkippedBytes)
        throw new DecodeFailedError('The WebM recording holds an element that is too large.');
      return true;
    }
    if (size > this.limits.maxElementBytes)
      throw new DecodeFailedError('The WebM recording holds an element that is too large.');
    return this.window.length >= headerBytes + size;
  }

  private *element({ id, size = 0, headerBytes }: ElementHeader): Generator<OpusPacket> {
    if (id === EBML_ID.cluster && this.track === undefined)
      throw new DecodeFailedError('The WebM recording holds no audio track.');
    if (MASTERS.has(id)) {
      if (id === EBML_ID.cluster) this.listener.onCheckpoint(this.window.offset);
      this.window.consume(headerBytes);
      return;
    }
    if (!READ.has(id)) {
      this.window.consume(headerBytes);
      this.skipBytes = size;
      return;
    }
    const body = this.window.bytes.subarray(headerBytes, headerBytes + size);
    this.work.add('bytes', size);
    if (id === EBML_ID.trackEntry) this.enterTrack(body);
    else yield* id === EBML_ID.simpleBlock ? this.packets(body, 0) : this.blockGroup(body);
    this.window.consume(headerBytes + size);
  }

  private enterTrack(body: Buffer): void {
    if (this.track !== undefined) return;
    this.track = parseWebmTrack(body);
    if (this.track === undefined) return;
    const { codecPrivate } = this.track;
    this.listener.onHead(codecPrivate.length === 0 ? undefined : parseOpusHead(codecPrivate));
  }

  private *blockGroup(body: Buffer): Generator<OpusPacket> {
    let block: Buffer | undefined;
    let discardNs = 0;
    for (const child of childElements(body)) {
      if (child.id === EBML_ID.block) block = child.body;
      else if (child.id === EBML_ID.discardPadding) discardNs = signedValue(child.body);
    }
    if (block !== undefined) yield* this.packets(block, Math.max(0, discardNs * SAMPLES_PER_NANOSECOND));
  }

  private *packets(body: Buffer, trimSamples: number): Generator<OpusPacket> {
    const block = parseWebmBlock(body);
    if (block === undefined || block.track !== this.track?.number) return;
    this.lostBytes = 0;
    const last = block.frames.length - 1;
    for (const [index, bytes] of block.frames.entries())
      yield { bytes, trimSamples: index === last ? trimSamples : 0 };
  }
}

function isKnown(id: number): boolean {
  return MASTERS.has(id) || READ.has(id) || SKIPPED.has(id);
}
