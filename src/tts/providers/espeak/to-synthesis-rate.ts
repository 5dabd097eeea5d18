import { SYNTHESIS_SAMPLE_RATE } from '../../../audio/encoding/audio-format.js';
import { wholeSamples } from '../../../audio/encoding/whole-samples.js';
import { ESPEAK_SAMPLE_RATE } from './espeak-engine.js';

/** Positions are counted in parts of an input sample, so that they are exact however the input is cut: 147 for 160. */
const PARTS = SYNTHESIS_SAMPLE_RATE / greatestCommonDivisor(SYNTHESIS_SAMPLE_RATE, ESPEAK_SAMPLE_RATE);
const STEP = (ESPEAK_SAMPLE_RATE * PARTS) / SYNTHESIS_SAMPLE_RATE;

/** espeak's rate to the rate of all speech, in the stream. The rate only rises, so nothing can fold back. */
export async function* toSynthesisRate(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let previous = 0;
  /** Of the next output sample, in parts; 0 is `previous`, `PARTS` the first sample of the chunk. */
  let position = PARTS;
  for await (const bytes of wholeSamples(source)) {
    const count = bytes.length / 2;
    const end = count * PARTS;
    const result = Buffer.alloc(Math.max(0, Math.floor((end - position) / STEP) + 1) * 2);
    let written = 0;
    for (; position <= end; position += STEP) {
      const index = Math.floor(position / PARTS);
      const left = index === 0 ? previous : bytes.readInt16LE((index - 1) * 2);
      const right = index < count ? bytes.readInt16LE(index * 2) : left;
      const fraction = (position % PARTS) / PARTS;
      written = result.writeInt16LE(Math.round(left + (right - left) * fraction), written);
    }
    previous = bytes.readInt16LE((count - 1) * 2);
    position -= end;
    if (written > 0) yield result;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
