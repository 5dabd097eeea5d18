import { OpusDecoder } from 'opus-decoder';
import { SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import type { Workload } from '../workload.js';

export type SpeechOpusDecoder = OpusDecoder<typeof SPEECH_SAMPLE_RATE>;

/** What `opus-decoder` 0.7 keeps of libopus. Its own `reset` makes another instance of WebAssembly, which costs a hundred times more. */
interface Insides {
  _common: {
    wasm: {
      opus_frame_decoder_create(...args: number[]): number;
      opus_frame_decoder_destroy(decoder: number): void;
      free(pointer: number): void;
    };
    allocateTypedArray(
      length: number,
      type: typeof Uint8Array,
      isFreedWithDecoder: boolean,
    ): { ptr: number; buf: Uint8Array };
  };
  _decoder: number;
  _sampleRate: number;
  _channels: number;
  _streamCount: number;
  _coupledStreamCount: number;
  _preSkip: number;
  _forceStereo: number;
  _channelMappingTable: number[];
}

/**
 * The Opus decoders of one session. Its recordings come one after the other, so one instance of WebAssembly serves them all: each
 * costs 2 to 8 ms and more than half a megabyte, and a header that asks for one is 47 bytes.
 */
export class OpusDecoderPool {
  private idle: SpeechOpusDecoder | undefined;
  private isFreed = false;

  constructor(private readonly work: Workload) {}

  /** A decoder in its initial state. */
  async acquire(): Promise<SpeechOpusDecoder> {
    const idle = this.idle;
    this.idle = undefined;
    if (idle !== undefined) {
      restart(idle);
      return idle;
    }
    this.work.add('decoders', 1);
    const decoder = new OpusDecoder({ channels: 1, sampleRate: SPEECH_SAMPLE_RATE });
    await decoder.ready;
    return decoder;
  }

  release(decoder: SpeechOpusDecoder): void {
    if (this.isFreed || this.idle !== undefined) decoder.free();
    else this.idle = decoder;
  }

  free(): void {
    this.isFreed = true;
    this.idle?.free();
    this.idle = undefined;
  }
}

/** A new libopus decoder in the same memory. */
function restart(decoder: SpeechOpusDecoder): void {
  const insides = decoder as unknown as Insides;
  const { wasm } = insides._common;
  wasm.opus_frame_decoder_destroy(insides._decoder);
  wasm.free(insides._decoder);
  const mapping = insides._common.allocateTypedArray(insides._channelMappingTable.length, Uint8Array, false);
  mapping.buf.set(insides._channelMappingTable);
  insides._decoder = wasm.opus_frame_decoder_create(
    insides._sampleRate,
    insides._channels,
    insides._streamCount,
    insides._coupledStreamCount,
    mapping.ptr,
    insides._preSkip,
    insides._forceStereo,
  );
  wasm.free(mapping.ptr);
}
