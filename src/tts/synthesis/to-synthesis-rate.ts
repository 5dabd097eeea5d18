import { SYNTHESIS_SAMPLE_RATE } from '../../audio/encoding/audio-format.js';
import { SampleAligner, toBytes, toFloats } from '../../audio/pcm/samples.js';
import { Resampler } from '../../audio/pcm/resampler.js';

/** The rate of an engine to the rate of all speech, in the stream. */
export async function* toSynthesisRate(
  source: AsyncIterable<Uint8Array>,
  sampleRate: number,
): AsyncGenerator<Uint8Array> {
  const resampler = new Resampler(sampleRate, SYNTHESIS_SAMPLE_RATE);
  const aligner = new SampleAligner();
  for await (const bytes of source) {
    const samples = resampler.write(toFloats(aligner.write(bytes)));
    if (samples.length > 0) yield toBytes(samples);
  }
  const last = resampler.finish();
  if (last.length > 0) yield toBytes(last);
}
