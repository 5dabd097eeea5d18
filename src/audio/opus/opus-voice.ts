import { OpusDecoder } from 'opus-decoder';
import { msToSamples, SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import { toInt16 } from '../pcm/quantize.js';
import { DEFAULT_OPUS_HEAD, type OpusHead } from './opus-head.js';
import { OPUS_SAMPLE_RATE, opusPacketSamples, type OpusPacket } from './opus-packet.js';

/** What a decoder that begins anywhere has to be fed before it gives the same as one that has heard all. RFC 7845, section 4.6. */
export const OPUS_PRE_ROLL_SAMPLES = msToSamples(80);

const DECIMATION = OPUS_SAMPLE_RATE / SPEECH_SAMPLE_RATE;
/** Room that `opus-decoder` gives one packet of a mono decoder: 120 ms at 256 kb/s. It writes past it unchecked or throws. */
const MAX_PACKET_BYTES = 3_840;

/**
 * One Opus stream to speech PCM. libopus itself decodes to 16 kHz mono, whatever was recorded: cheaper than decoding all and
 * resampling, and free of aliases. A damaged packet is passed over, as players do.
 */
export class OpusVoice {
  private gain = 1;
  private skipSamples = 0;
  private given = 0;

  private constructor(private readonly decoder: OpusDecoder<typeof SPEECH_SAMPLE_RATE>) {}

  static async create(): Promise<OpusVoice> {
    const decoder = new OpusDecoder({ channels: 1, sampleRate: SPEECH_SAMPLE_RATE });
    await decoder.ready;
    return new OpusVoice(decoder);
  }

  /** Where a decoder that begins now sounds as this one does. */
  get settledAt(): number {
    return this.given + OPUS_PRE_ROLL_SAMPLES;
  }

  start(head: OpusHead = DEFAULT_OPUS_HEAD): void {
    this.gain = head.gain;
    this.skipSamples = Math.round(head.preSkipSamples / DECIMATION);
  }

  decode(packet: OpusPacket): Int16Array {
    if (packet.bytes.length > MAX_PACKET_BYTES || opusPacketSamples(packet.bytes) === 0)
      return new Int16Array(0);
    const { channelData, samplesDecoded } = this.decoder.decodeFrame(packet.bytes);
    const from = Math.min(this.skipSamples, samplesDecoded);
    this.skipSamples -= from;
    const to = Math.max(from, samplesDecoded - Math.round(packet.trimSamples / DECIMATION));
    const samples = channelData[0]!;
    const result = new Int16Array(to - from);
    for (let index = from; index < to; index++) result[index - from] = toInt16(samples[index]! * this.gain);
    this.given += result.length;
    return result;
  }

  free(): void {
    this.decoder.free();
  }
}
