import type { DecoderLimits } from '../decoder-limits.js';
import { OpusVoice } from '../opus/opus-voice.js';
import { Checkpoints } from '../session/checkpoints.js';
import type { SegmentDecoder } from '../session/segment-decoder.js';
import { OggDemuxer } from './ogg-demuxer.js';

/** Ogg with Opus. */
export class OggDecoder implements SegmentDecoder {
  private readonly demuxer: OggDemuxer;
  private readonly pages = new Checkpoints();

  private constructor(
    limits: DecoderLimits,
    private readonly voice: OpusVoice,
  ) {
    this.demuxer = new OggDemuxer(
      limits,
      (head) => this.voice.start(head),
      (end) => this.pages.pass(end, this.voice.settledAt),
    );
  }

  static async create(limits: DecoderLimits): Promise<OggDecoder> {
    return new OggDecoder(limits, await OpusVoice.create());
  }

  *push(bytes: Uint8Array): Generator<Int16Array> {
    for (const packet of this.demuxer.push(bytes)) yield this.voice.decode(packet);
  }

  /** An Ogg stream that ends early is complete as far as it goes. */
  *finish(): Generator<Int16Array> {
    for (const packet of this.demuxer.finish()) yield this.voice.decode(packet);
  }

  settledAt(bytes: number): number | undefined {
    return this.pages.settledAt(bytes);
  }

  free(): void {
    this.voice.free();
  }
}
