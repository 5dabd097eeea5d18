import { DecodeFailedError } from '../../common/errors/session-errors.js';
import type { FrameStream } from '../session/frame-chain.js';
import type { Layout } from '../session/layout-segment.js';
import { ChunkWalker, type ChunkStyle } from './chunk-walker.js';

/** https://developer.apple.com/library/archive/documentation/MusicAudio/Reference/CAFSpec */
const CAF: ChunkStyle = { headerBytes: 8, sizeBytes: 8, isPadded: false };
/** https://www-mmsp.ece.mcgill.ca/Documents/AudioFormats/AIFF/Docs/AIFF-1.3.pdf */
const AIFF: ChunkStyle = { headerBytes: 12, sizeBytes: 4, isPadded: true };

/** In the description of the audio: a code for the coding, bytes per packet, and frames per packet. */
const CODING_AT = 8;
const PACKET_BYTES_AT = 16;
const PACKET_FRAMES_AT = 20;

/**
 * CAF, as iOS records it. Where packets differ in size (ALAC, AAC) a table tells how, and recorders write it behind the audio.
 */
export class CafLayout implements Layout {
  private readonly chunks = new ChunkWalker(CAF, ['desc']);
  private coding = '';
  private needsTable = true;
  private choice: 'live' | 'whole' | undefined;

  push(bytes: Buffer): 'live' | 'whole' | undefined {
    return (this.choice ??= this.choose(bytes));
  }

  mayHold(stream: FrameStream): boolean {
    return { mp3: '.mp3', ac3: 'ac-3', eac3: 'ec-3', aac: '', mpegts: '' }[stream] === this.coding;
  }

  private choose(bytes: Buffer): 'live' | 'whole' | undefined {
    for (const { type, body } of this.chunks.push(bytes)) {
      if (body !== undefined) this.describe(body);
      else if (type === 'pakt') this.needsTable = false;
      else if (type === 'data') {
        if (this.coding === '')
          throw new DecodeFailedError('The CAF recording does not say how its audio is coded.');
        return this.needsTable ? 'whole' : 'live';
      }
    }
    return undefined;
  }

  private describe(body: Buffer): void {
    if (body.length < PACKET_FRAMES_AT + 4) throw new DecodeFailedError('The CAF header is damaged.');
    this.coding = body.toString('latin1', CODING_AT, CODING_AT + 4);
    const isConstant = body.readUInt32BE(PACKET_BYTES_AT) > 0 && body.readUInt32BE(PACKET_FRAMES_AT) > 0;
    if (isConstant) this.needsTable = false;
  }
}

/** AIFF and AIFC, whose chunks may come in any order. */
export class AiffLayout implements Layout {
  private readonly chunks = new ChunkWalker(AIFF, []);
  private isDescribed = false;
  private choice: 'live' | 'whole' | undefined;

  push(bytes: Buffer): 'live' | 'whole' | undefined {
    return (this.choice ??= this.choose(bytes));
  }

  private choose(bytes: Buffer): 'live' | 'whole' | undefined {
    for (const { type } of this.chunks.push(bytes)) {
      if (type === 'COMM') this.isDescribed = true;
      else if (type === 'SSND') return this.isDescribed ? 'live' : 'whole';
    }
    return undefined;
  }
}
