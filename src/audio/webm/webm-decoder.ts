import { DecodeFailedError } from '../../common/errors/session-errors.js';
import type { DecoderLimits } from '../decoder-limits.js';
import { parseOpusHead } from '../opus/opus-head.js';
import type { OpusDecoders } from '../opus/opus-decoders.js';
import { OpusVoice } from '../opus/opus-voice.js';
import { Checkpoints } from '../session/checkpoints.js';
import type { SegmentDecoder } from '../session/segment-decoder.js';
import type { Workload } from '../workload.js';
import { WebmDemuxer } from './webm-demuxer.js';

/** WebM with Opus, as `MediaRecorder` streams it. */
export class WebmDecoder implements SegmentDecoder {
  private readonly demuxer: WebmDemuxer;
  private readonly clusters = new Checkpoints();

  private constructor(
    limits: DecoderLimits,
    work: Workload,
    private readonly voice: OpusVoice,
  ) {
    this.demuxer = new WebmDemuxer(
      limits,
      work,
      ({ codecPrivate }) =>
        this.voice.start(codecPrivate.length === 0 ? undefined : parseOpusHead(codecPrivate)),
      (offset) => this.clusters.pass(offset, this.voice.settledAt),
    );
  }

  static async create(limits: DecoderLimits, work: Workload, decoders: OpusDecoders): Promise<WebmDecoder> {
    return new WebmDecoder(limits, work, await OpusVoice.create(decoders, work));
  }

  *push(bytes: Uint8Array): Generator<Int16Array> {
    for (const packet of this.demuxer.push(bytes)) {
      const samples = this.voice.decode(packet);
      if (samples.length > 0) yield samples;
    }
  }

  finish(): Iterable<Int16Array> {
    if (!this.demuxer.hasTrack) throw new DecodeFailedError('The recording ends within its header.');
    return [];
  }

  settledAt(bytes: number): number | undefined {
    return this.clusters.settledAt(bytes);
  }

  free(): void {
    this.voice.free();
  }
}
