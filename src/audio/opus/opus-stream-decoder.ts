import { msToSamples, SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import { toInt16 } from '../pcm/samples.js';
import type { Workload } from '../workload.js';
import type { OpusDecoderPool, SpeechOpusDecoder } from './opus-decoder-pool.js';
import {
  DEFAULT_OPUS_HEAD,
  OPUS_SAMPLE_RATE,
  type OpusHead,
  type OpusPacket,
  opusPacketSamples,
} from './opus-format.js';

/** Audio after which a decoder that begins in the middle of a stream gives the same samples as one from its start. RFC 7845, section 4.6. */
const OPUS_PRE_ROLL_SAMPLES = msToSamples(80);

const DECIMATION = OPUS_SAMPLE_RATE / SPEECH_SAMPLE_RATE;
/** Room that `opus-decoder` gives one packet of a mono decoder: 120 ms at 256 kb/s. It writes past it unchecked or throws. */
const MAX_PACKET_BYTES = 3_840;
/** Samples that a recording may have trimmed beyond those that it gives. Further trimming is ignored. */
const MAX_WASTED_SAMPLES = msToSamples(1_000);

/**
 * One Opus stream to speech PCM. libopus itself decodes to 16 kHz mono, whatever was recorded: cheaper than decoding all and
 * resampling, and free of aliases. A damaged packet is passed over, as players do.
 */
export class OpusStreamDecoder {
  private gain = 1;
  private skipSamples = 0;
  private givenSamples = 0;
  private wastedSamples = 0;
  private isFreed = false;

  private constructor(
    private readonly decoders: OpusDecoderPool,
    private readonly decoder: SpeechOpusDecoder,
    private readonly work: Workload,
  ) {}

  static async create(decoders: OpusDecoderPool, work: Workload): Promise<OpusStreamDecoder> {
    return new OpusStreamDecoder(decoders, await decoders.acquire(), work);
  }

  /** The sample from which on a decoder that begins now gives the same samples as this one. */
  get durableFrom(): number {
    return this.givenSamples + OPUS_PRE_ROLL_SAMPLES;
  }

  start(head: OpusHead = DEFAULT_OPUS_HEAD): void {
    this.gain = head.gain;
    this.skipSamples = Math.round(head.preSkipSamples / DECIMATION);
  }

  decode(packet: OpusPacket): Int16Array {
    if (packet.bytes.length > MAX_PACKET_BYTES || opusPacketSamples(packet.bytes) === 0)
      return new Int16Array(0);
    const { channelData, samplesDecoded } = this.decoder.decodeFrame(packet.bytes);
    this.work.add('samples', samplesDecoded);
    const from = Math.min(this.skipSamples, samplesDecoded);
    this.skipSamples -= from;
    const to = samplesDecoded - this.trim(Math.round(packet.trimSamples / DECIMATION), samplesDecoded - from);
    const samples = channelData[0]!;
    const result = new Int16Array(to - from);
    for (let index = from; index < to; index++) result[index - from] = toInt16(samples[index]! * this.gain);
    this.givenSamples += result.length;
    return result;
  }

  free(): void {
    if (this.isFreed) return;
    this.isFreed = true;
    this.decoders.release(this.decoder);
  }

  /** Trimmed audio is decoded without backpressure, as nobody reads it, so its amount is bounded by the audio that is read. */
  private trim(wanted: number, most: number): number {
    const trimmed = Math.min(
      wanted,
      most,
      Math.max(0, MAX_WASTED_SAMPLES + this.givenSamples - this.wastedSamples),
    );
    this.wastedSamples += trimmed;
    return trimmed;
  }
}
