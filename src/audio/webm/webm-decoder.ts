import { DecodeFailedError } from '../../common/errors/session-errors.js';
import type { DecoderLimits } from '../decoder-limits.js';
import { parseOpusHead } from '../opus/opus-format.js';
import type { OpusDecoderPool } from '../opus/opus-decoder-pool.js';
import { OpusStreamDecoder } from '../opus/opus-stream-decoder.js';
import { Checkpoints } from '../recording/checkpoints.js';
import type { SegmentDecoder } from '../recording/segment-decoder.js';
import type { Workload } from '../workload.js';
import { WebmDemuxer } from './webm-demuxer.js';

/** WebM with Opus, as `MediaRecorder` streams it. */
export class WebmDecoder implements SegmentDecoder {
  private readonly demuxer: WebmDemuxer;
  private readonly clusters = new Checkpoints();

  private constructor(
    limits: DecoderLimits,
    work: Workload,
    private readonly voice: OpusStreamDecoder,
  ) {
    this.demuxer = new WebmDemuxer(
      limits,
      work,
      ({ codecPrivate }) =>
        this.voice.start(codecPrivate.length === 0 ? undefined : parseOpusHead(codecPrivate)),
      (offset) => this.clusters.pass(offset, this.voice.durableFrom),
    );
  }

  static async create(
    limits: DecoderLimits,
    work: Workload,
    decoders: OpusDecoderPool,
  ): Promise<WebmDecoder> {
    return new WebmDecoder(limits, work, await OpusStreamDecoder.create(decoders, work));
  }

  *write(bytes: Uint8Array): Generator<Int16Array> {
    for (const packet of this.demuxer.write(bytes)) {
      const samples = this.voice.decode(packet);
      if (samples.length > 0) yield samples;
    }
  }

  finish(): Iterable<Int16Array> {
    if (!this.demuxer.hasTrack) throw new DecodeFailedError('The recording ends within its header.');
    return [];
  }

  durableFrom(bytes: number): number | undefined {
    return this.clusters.durableFrom(bytes);
  }

  free(): void {
    this.voice.free();
  }
}
