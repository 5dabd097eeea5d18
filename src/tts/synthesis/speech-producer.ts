import { Logger } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { withKnownLength } from '../../audio/encoding/wav-header.js';
import type { SpeechEncoder } from '../../audio/encoding/speech-encoder.js';
import { ParleyError } from '../../common/errors/parley-error.js';
import { closeStream } from '../../common/streams/close-stream.js';
import { LinkedAbort } from '../../common/streams/linked-abort.js';
import { peekFirst } from '../../common/streams/peek-first.js';
import type { SpeechRequest, SpeechSynthesizer } from '../speech-synthesizer.js';
import { untilFirstByte } from './first-byte.js';
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
        this.logger.warn({ provider: synthesizer.name, code: error.code }, 'Speech provider failed');
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
    const [text = request.input, ...rest] = splitText(request.input, synthesizer.maxInputChars);
    const { name: provider } = synthesizer;
    if (rest.length === 0 && synthesizer.formats.includes(request.format)) {
      const audio = await untilFirstByte(synthesizer.synthesize(request, signal, caller), this.idleTimeoutMs);
      return { provider, audio, complete: (file) => file };
    }
    this.encoder.requireEncoder(request.format);
    const begin = (input: string): Promise<AsyncIterable<Uint8Array>> =>
      untilFirstByte(
        synthesizer.synthesize({ ...request, input, format: 'pcm' }, signal, caller),
        this.idleTimeoutMs,
      );
    const first = await begin(text);
    const pcm = joinParts(first, rest, begin);
    try {
      const audio = await peekFirst(this.encoder.encode(pcm, request.format, caller.tenantId));
      return { provider, audio, complete: request.format === 'wav' ? withKnownLength : (file) => file };
    } catch (error) {
      // An encoder that refuses reads nothing, and what nobody reads would never end.
      closeStream(first);
      throw error;
    }
  }
}
