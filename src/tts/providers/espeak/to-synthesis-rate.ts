import { SYNTHESIS_SAMPLE_RATE } from '../../../audio/encoding/audio-format.js';
import { wholeSamples } from '../../../audio/encoding/whole-samples.js';
import { ESPEAK_SAMPLE_RATE } from './espeak-engine.js';

const STEP = ESPEAK_SAMPLE_RATE / SYNTHESIS_SAMPLE_RATE;

/** espeak's rate to the rate of all speech, in the stream. The rate only rises, so nothing can fold back. */
export async function* toSynthesisRate(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let previous = 0;
  /** Position of the next output sample; 0 is `previous`, 1 the first sample of the chunk. */
  let position = 1;
  for await (const bytes of wholeSamples(source)) {
    const count = bytes.length / 2;
    const result = Buffer.alloc(Math.ceil((count - position) / STEP + 1) * 2);
    let written = 0;
    for (; position <= count; position += STEP) {
      const index = Math.floor(position);
      const left = index === 0 ? previous : bytes.readInt16LE((index - 1) * 2);
      const right = index < count ? bytes.readInt16LE(index * 2) : left;
      written = result.writeInt16LE(Math.round(left + (right - left) * (position - index)), written);
    }
    previous = bytes.readInt16LE((count - 1) * 2);
    position -= count;
    yield result.subarray(0, written);
  }
}
