import { DecodeFailedError } from '../../common/errors/session-errors.js';
import type { DecoderLimits } from '../decoder-limits.js';
import { parseOpusHead } from '../opus/opus-head.js';
import { OpusVoice } from '../opus/opus-voice.js';
import { Checkpoints } from '../session/checkpoints.js';
import type { SegmentDecoder } from '../session/segment-decoder.js';
import { WebmDemuxer } from './webm-demuxer.js';

/** WebM with Opus, as `MediaRecorder` streams it. */
export class WebmDecoder implements SegmentDecoder {
  private readonly demuxer: WebmDemuxer;
  private readonly clusters = new Checkpoints();

  private constructor(
    limits: DecoderLimits,
    private readonly voice: OpusVoice,
  ) {
    this.demuxer = new WebmDemuxer(
      limits,
      ({ codecPrivate }) =>
        this.voice.start(codecPrivate.length === 0 ? undefined : parseOpusHead(codecPrivate)),
      (offset) => this.clusters.pass(offset, this.voice.settledAt),
    );
  }

  static async create(limits: DecoderLimits): Promise<WebmDecoder> {
    return new WebmDecoder(limits, await OpusVoice.create());
  }

  *push(bytes: Uint8Array): Generator<Int16Array> {
    for (const packet of this.demuxer.push(bytes)) yield this.voice.decode(packet);
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
