import type { DecoderLimits } from '../decoder-limits.js';
import type { OpusDecoderPool } from '../opus/opus-decoder-pool.js';
import type { OpusPacket } from '../opus/opus-format.js';
import { OpusStreamDecoder } from '../opus/opus-stream-decoder.js';
import { Checkpoints } from '../recording/checkpoints.js';
import type { SegmentDecoder } from '../recording/segment-decoder.js';
import type { Workload } from '../workload.js';
import { OggDemuxer } from './ogg-demuxer.js';

/** Ogg with Opus. */
export class OggDecoder implements SegmentDecoder {
  private readonly demuxer: OggDemuxer;
  private readonly pages = new Checkpoints();

  private constructor(
    limits: DecoderLimits,
    work: Workload,
    private readonly voice: OpusStreamDecoder,
  ) {
    this.demuxer = new OggDemuxer(
      limits,
      work,
      (head) => this.voice.start(head),
      (end) => this.pages.pass(end, this.voice.durableFrom),
    );
  }

  static async create(limits: DecoderLimits, work: Workload, decoders: OpusDecoderPool): Promise<OggDecoder> {
    return new OggDecoder(limits, work, await OpusStreamDecoder.create(decoders, work));
  }

  write(bytes: Uint8Array): Iterable<Int16Array> {
    return this.decode(this.demuxer.write(bytes));
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

  durableFrom(bytes: number): number | undefined {
    return this.pages.durableFrom(bytes);
  }

  free(): void {
    this.voice.free();
  }
}
