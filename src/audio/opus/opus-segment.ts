import { Checkpoints } from '../recording/checkpoints.js';
import type { SegmentDecoder } from '../recording/segment-decoder.js';
import type { OpusHead, OpusPacket } from './opus-format.js';
import type { OpusStreamDecoder } from './opus-stream-decoder.js';

/** Reads the packets of one Opus stream out of a container. */
export interface OpusDemuxer {
  write(bytes: Uint8Array): Iterable<OpusPacket>;
  /** @throws DecodeFailedError when the recording may not end here */
  finish(): Iterable<OpusPacket>;
}

/** What a demuxer tells besides the packets, between the packets that it concerns. */
export interface OpusDemuxerListener {
  /** Before the first packet; without a head when the container holds none. */
  onHead(head?: OpusHead): void;
  /** A decoder could begin at this byte of the recording. */
  onCheckpoint(offset: number): void;
}

/** A recording with Opus in it, in WebM or Ogg. */
export class OpusSegment implements SegmentDecoder {
  private readonly demuxer: OpusDemuxer;
  private readonly checkpoints = new Checkpoints();

  constructor(
    private readonly decoder: OpusStreamDecoder,
    createDemuxer: (listener: OpusDemuxerListener) => OpusDemuxer,
  ) {
    this.demuxer = createDemuxer({
      onHead: (head) => decoder.start(head),
      onCheckpoint: (offset) => this.checkpoints.pass(offset, decoder.durableFrom),
    });
  }

  write(bytes: Uint8Array): Iterable<Int16Array> {
    return this.decode(this.demuxer.write(bytes));
  }

  finish(): Iterable<Int16Array> {
    return this.decode(this.demuxer.finish());
  }

  free(): void {
    this.decoder.free();
  }

  durableFrom(bytes: number): number | undefined {
    return this.checkpoints.durableFrom(bytes);
  }

  private *decode(packets: Iterable<OpusPacket>): Generator<Int16Array> {
    for (const packet of packets) {
      const samples = this.decoder.decode(packet);
      if (samples.length > 0) yield samples;
    }
  }
}
