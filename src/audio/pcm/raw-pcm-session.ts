import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AudioDecoder } from '../audio-decoder.js';
import type { Workload } from '../workload.js';
import { PcmDecoder, type PcmFormat } from './pcm-decoder.js';

const SLICE_BYTES = 32_768;

/** A session of declared raw PCM: nothing is sniffed, since any bytes are samples. */
export class RawPcmSession implements AudioDecoder {
  private readonly pcm: PcmDecoder;
  private isFreed = false;

  constructor(
    format: PcmFormat,
    private readonly work: Workload,
  ) {
    this.pcm = new PcmDecoder(format, undefined, work);
  }

  async *decode(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Int16Array> {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length && !this.isFreed; at += SLICE_BYTES) {
        if (at > 0 || this.work.shouldYield()) await nextTurn();
        yield* notEmpty(this.pcm.write(chunk.subarray(at, at + SLICE_BYTES)));
      }
      if (this.isFreed) return;
    }
    yield* notEmpty(this.pcm.finish());
  }

  durableFrom(bytes: number): number {
    return this.pcm.durableFrom(bytes);
  }

  free(): void {
    this.isFreed = true;
  }
}

function* notEmpty(blocks: Iterable<Int16Array>): Generator<Int16Array> {
  for (const block of blocks) if (block.length > 0) yield block;
}
