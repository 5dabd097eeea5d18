import { UnsupportedAudioError } from '../../common/errors/session-errors.js';
import type { DecoderLimits } from '../decoder-limits.js';
import { isOpusHead, type OpusPacket, opusPacketSamples, parseOpusHead } from '../opus/opus-format.js';
import type { OpusDemuxer, OpusDemuxerListener } from '../opus/opus-segment.js';
import type { Workload } from '../workload.js';
import { type OggPage, OggPageReader } from './ogg-page-reader.js';

/** More than any Opus packet has. A longer packet is damaged, or a comment with pictures, and is dropped. */
const MAX_PACKET_BYTES = 65_536;

/** Joins the packets of one logical stream across its pages. A packet of which a page is missing is dropped. */
class OggPacketReader {
  private sequence: number | undefined;
  /** Pieces of the packet that goes on on the next page; undefined when its beginning was lost or it is too long. */
  private begun: Buffer[] | undefined = [];

  /** Whether a packet goes on on the next page. */
  get isWithinPacket(): boolean {
    return this.begun !== undefined && this.begun.length > 0;
  }

  *packets(page: OggPage): Generator<Buffer> {
    const isNext = this.sequence === undefined || page.sequence === (this.sequence + 1) >>> 0;
    this.sequence = page.sequence;
    if (!page.isContinued) this.begun = [];
    else if (!isNext || this.begun?.length === 0) this.begun = undefined;
    for (const [index, piece] of page.pieces.entries()) {
      const isComplete = index < page.pieces.length - 1 || page.isLastPieceComplete;
      if (!isComplete) this.keep(piece);
      else {
        if (this.begun !== undefined)
          yield this.begun.length === 0 ? piece : Buffer.concat([...this.begun, piece]);
        this.begun = [];
      }
    }
  }

  private keep(piece: Buffer): void {
    // Copied, since a page is only a view of bytes that are about to be overwritten.
    this.begun?.push(Buffer.from(piece));
    const bytes = this.begun?.reduce((sum, { length }) => sum + length, 0) ?? 0;
    if (bytes > MAX_PACKET_BYTES) this.begun = undefined;
  }
}

const TAGS_MAGIC = 'OpusTags';

/** The packets of the first Opus stream in an Ogg recording. RFC 7845. */
export class OggDemuxer implements OpusDemuxer {
  private readonly pages: OggPageReader;
  private readonly reader = new OggPacketReader();
  private serial: number | undefined;
  /** End of the latest page, in samples at 48 kHz. */
  private granule: number | undefined;

  /** @param listener is told of the stream, and where each page ends that leaves no packet unfinished */
  constructor(
    limits: DecoderLimits,
    work: Workload,
    private readonly listener: OpusDemuxerListener,
  ) {
    this.pages = new OggPageReader(limits, work);
  }

  *write(bytes: Uint8Array): Generator<OpusPacket> {
    yield* this.packets(this.pages.write(bytes));
  }

  /** An Ogg stream that ends early is complete as far as it goes. */
  *finish(): Generator<OpusPacket> {
    yield* this.packets(this.pages.finish());
  }

  private *packets(pages: Iterable<OggPage>): Generator<OpusPacket> {
    for (const page of pages) {
      if (this.serial === undefined) this.enter(page);
      else if (page.serial === this.serial) {
        yield* this.audio(page);
        if (!this.reader.isWithinPacket) this.listener.onCheckpoint(page.nextAt);
      }
    }
  }

  private enter(page: OggPage): void {
    const head = page.pieces[0];
    if (head !== undefined && page.isFirst && isOpusHead(head)) {
      this.listener.onHead(parseOpusHead(head));
      this.serial = page.serial;
    } else if (!page.isFirst) {
      throw new UnsupportedAudioError(
        'The Ogg recording has no Opus header; send Opus, from its first chunk on.',
      );
    }
  }

  private *audio(page: OggPage): Generator<OpusPacket> {
    const packets = [...this.reader.packets(page)].filter((packet) => !isTags(packet));
    const trimSamples = this.trimOf(page, packets);
    for (const [index, bytes] of packets.entries())
      yield { bytes, trimSamples: index === packets.length - 1 ? trimSamples : 0 };
  }

  /** The position of the last page says where the recording ends within it; further samples of its packets are padding. */
  private trimOf(page: OggPage, packets: readonly Buffer[]): number {
    if (page.granule < 0) return 0;
    const samples = packets.reduce((sum, packet) => sum + opusPacketSamples(packet), 0);
    const before = this.granule;
    this.granule = page.granule;
    if (!page.isLast || before === undefined) return 0;
    return Math.min(samples, Math.max(0, before + samples - page.granule));
  }
}

function isTags(packet: Buffer): boolean {
  return packet.toString('latin1', 0, 8) === TAGS_MAGIC;
}
