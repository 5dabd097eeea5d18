import type { DecoderLimits } from '../decoder-limits.js';
import type { OpusDecoders } from '../opus/opus-decoders.js';
import type { OpusPacket } from '../opus/opus-packet.js';
import { OpusVoice } from '../opus/opus-voice.js';
import { Checkpoints } from '../session/checkpoints.js';
import type { SegmentDecoder } from '../session/segment-decoder.js';
import type { Workload } from '../workload.js';
import { OggDemuxer } from './ogg-demuxer.js';

/** Ogg with Opus. */
export class OggDecoder implements SegmentDecoder {
  private readonly demuxer: OggDemuxer;
  private readonly pages = new Checkpoints();

  private constructor(
    limits: DecoderLimits,
    work: Workload,
    private readonly voice: OpusVoice,
  ) {
    this.demuxer = new OggDemuxer(
      limits,
      work,
      (head) => this.voice.start(head),
      (end) => this.pages.pass(end, this.voice.settledAt),
    );
  }

  static async create(limits: DecoderLimits, work: Workload, decoders: OpusDecoders): Promise<OggDecoder> {
    return new OggDecoder(limits, work, await OpusVoice.create(decoders, work));
  }

  push(bytes: Uint8Array): Iterable<Int16Array> {
    return this.decode(this.demuxer.push(bytes));
  }

  /** An Ogg stream that ends early is complete as far as it goes. */
  finish(): Iterable<Int16Array> {
    return this.decode(this.demuxer.finish());
  }

  private *decode(packets: Iterable<OpusPacket>): Generator<Int16Array> {
    for (const packet of packets) {
      const samples = this.voice.decode(packet);
      if (samples.length > 0) yield samples;
    }
  }

  settledAt(bytes: number): number | undefined {
    return this.pages.settledAt(bytes);
  }

  free(): void {
    this.voice.free();
  }
}
