import type { OggPage } from './ogg-page-reader.js';

/** Beyond what any Opus packet needs; a longer one is damaged, or a comment with pictures, and dropped. */
const MAX_PACKET_BYTES = 65_536;

/** Joins the packets of one logical stream across its pages. A packet of which a page is missing is dropped. */
export class OggPacketReader {
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
