import { SYNTHESIS_SAMPLE_RATE } from '../../../audio/encoding/audio-format.js';
import { toFloats, wholeSamples } from '../../../audio/encoding/whole-samples.js';
import { Resampler } from '../../../audio/pcm/resampler.js';
import { ESPEAK_SAMPLE_RATE } from './espeak-engine.js';

/** espeak's rate to the rate of all speech, in the stream. */
export async function* toSynthesisRate(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const resampler = new Resampler(ESPEAK_SAMPLE_RATE, SYNTHESIS_SAMPLE_RATE);
  for await (const bytes of wholeSamples(source)) yield* bytesOf(resampler.push(toFloats(bytes)));
  yield* bytesOf(resampler.finish());
}

function* bytesOf({ buffer, byteOffset, byteLength }: Int16Array): Generator<Uint8Array> {
  if (byteLength > 0) yield new Uint8Array(buffer, byteOffset, byteLength);
}
