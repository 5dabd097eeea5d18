import { Logger } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import type { AudioFormat } from '../../audio/encoding/audio-format.js';
import { withKnownLength } from '../../common/audio/wav-header.js';
import type { SpeechEncoder } from '../../audio/encoding/speech-encoder.js';
import { describeCause } from '../../common/errors/describe-cause.js';
import { ParleyError } from '../../common/errors/parley-error.js';
import { closeStream } from '../../common/streams/close-stream.js';
import { LinkedAbort } from '../../common/streams/linked-abort.js';
import { isSpeakable } from '../../common/text/speakable.js';
import { peekFirst } from '../../common/streams/peek-first.js';
import type { SpeechRequest, SpeechSynthesizer } from '../speech-synthesizer.js';
import { wavSamples } from '../proof/wav-samples.js';
import { untilFirstByte, type BegunAudio } from './first-byte.js';
import { joinParts } from './join-parts.js';
import { splitText } from './split-text.js';

/** A synthesis whose first byte is there. */
export interface Production {
  provider: string;
  audio: AsyncIterable<Uint8Array>;
  /** The file as it should be kept, once it is complete. */
  complete: (file: Buffer) => Buffer;
}

/** Failures of the provider, not of the request: another one may do better. */
const FALLBACK_CODES = new Set([
  'provider_auth',
  'provider_failed',
  'provider_rate_limited',
  'provider_timeout',
  'provider_unconfigured',
  'overloaded',
]);

/** Makes one speech: by the first provider that can, in the asked format, of a text of any length. */
export class SpeechProducer {
  private readonly logger = new Logger(SpeechProducer.name);

  constructor(
    private readonly synthesizers: readonly SpeechSynthesizer[],
    private readonly encoder: SpeechEncoder,
    private readonly idleTimeoutMs: number,
  ) {}

  /** Resolves with the first byte. Until then the next provider is tried when one fails, afterwards never. */
  async produce(request: SpeechRequest, signal: AbortSignal, caller: Caller): Promise<Production> {
    let failure: unknown;
    for (const synthesizer of this.synthesizers) {
      // Both live as long as the speech, so what was begun needs no unlinking.
      const attempt = new LinkedAbort(signal);
      try {
        return await this.attempt(synthesizer, request, attempt.signal, caller);
      } catch (error) {
        attempt.abort();
        // What the fallback does not know (a voice, say) is not what the caller asked about.
        failure ??= error;
        if (signal.aborted || !(error instanceof ParleyError) || !FALLBACK_CODES.has(error.code)) break;
        const { code, cause } = error;
        const fields = cause === undefined ? {} : { cause: describeCause(cause) };
        this.logger.warn({ provider: synthesizer.name, code, ...fields }, 'Speech provider failed');
      }
    }
    throw failure;
  }

  private async attempt(
    synthesizer: SpeechSynthesizer,
    request: SpeechRequest,
    signal: AbortSignal,
    caller: Caller,
  ): Promise<Production> {
    // A part of marks alone would be refused, or answered with nothing.
    const parts = splitText(request.input, synthesizer.maxInputChars).filter(isSpeakable);
    const [text = request.input, ...rest] = parts;
    const begin = (input: string, format: AudioFormat): Promise<BegunAudio> =>
      untilFirstByte(
        synthesizer.synthesize({ ...request, input, format }, signal, caller),
        this.idleTimeoutMs,
        format,
      );
    const { name: provider } = synthesizer;
    if (rest.length === 0 && synthesizer.formats.includes(request.format)) {
      const begun = await begin(text, request.format);
      if (begun.format === request.format) return { provider, audio: begun.audio, complete: (file) => file };
      const samples = await samplesOf(begun);
      return this.encode(provider, request.format, samples, samples, caller);
    }
    this.encoder.requireEncoder(request.format);
    const speak = async (part: string): Promise<AsyncIterable<Uint8Array>> =>
      samplesOf(await begin(part, 'pcm'));
    const first = await speak(text);
    const pcm = joinParts(first, rest, speak);
    return this.encode(provider, request.format, first, pcm, caller);
  }

  /** @param begun the first part of `pcm` */
  private async encode(
    provider: string,
    format: AudioFormat,
    begun: AsyncIterable<Uint8Array>,
    pcm: AsyncIterable<Uint8Array>,
    { tenantId }: Caller,
  ): Promise<Production> {
    try {
      const audio = await peekFirst(this.encoder.encode(pcm, format, tenantId));
      return { provider, audio, complete: format === 'wav' ? withKnownLength : (file) => file };
    } catch (error) {
      // An encoder that refuses reads nothing, and what nobody reads would never end.
      closeStream(begun);
      throw error;
    }
  }
}

/** A header that cannot be read fails here, where it can still become a status. */
async function samplesOf({ format, audio }: BegunAudio): Promise<AsyncIterable<Uint8Array>> {
  return format === 'wav' ? peekFirst(wavSamples(audio)) : audio;
}
