import { SYNTHESIS_SAMPLE_RATE } from '../../audio/encoding/audio-format.js';
import { toBytes } from '../../audio/pcm/samples.js';
import { DEFAULT_DECODER_LIMITS } from '../../audio/decoder-limits.js';
import { WavDecoder } from '../../audio/pcm/wav-decoder.js';
import { ParleyError } from '../../common/errors/parley-error.js';
import { ProviderFailedError } from '../../common/errors/provider-errors.js';

/**
 * The samples (s16le, 24 kHz, mono) of a WAV file, whatever its rate, width and channels.
 * @throws ProviderFailedError when its header is damaged or it ends before it says
 */
export async function* wavSamples(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new WavDecoder(DEFAULT_DECODER_LIMITS, SYNTHESIS_SAMPLE_RATE);
  for await (const bytes of source) yield* decoded(() => decoder.write(bytes));
  yield* decoded(() => decoder.finish());
  if (decoder.isCut) throw new ProviderFailedError('The speech service sent half a WAV file.');
}

function* decoded(decode: () => Generator<Int16Array>): Generator<Uint8Array> {
  try {
    for (const samples of decode()) if (samples.length > 0) yield toBytes(samples);
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    throw new ProviderFailedError('The speech service sent a WAV file that cannot be read.', {
      cause: error,
    });
  }
}
