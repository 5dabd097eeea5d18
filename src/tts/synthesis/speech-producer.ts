import { Logger } from '@nestjs/common';
import type { AudioFormat } from '../../audio/encoding/audio-format.js';
import { withKnownLength } from '../../common/audio/wav-header.js';
import type { SpeechEncoder } from '../../audio/encoding/speech-encoder.js';
import { InvalidInputError } from '../../common/errors/caller-errors.js';
import { describeCause } from '../../common/errors/describe-cause.js';
import { ParleyError } from '../../common/errors/parley-error.js';
import { closeStream } from '../../common/streams/close-stream.js';
import { LinkedAbort } from '../../common/streams/linked-abort.js';
import { isSpeakable } from '../../common/text/speakable.js';
import { currentTrace } from '../../common/tracing/spans.js';
import { peekFirst } from '../../common/streams/peek-first.js';
import { cutCall } from '../../metrics/cut-call.js';
import type { SpeechMetrics } from '../speech-metrics.js';
import type { SpeechFallback, SpeechOrder } from '../speech.js';
import type { SpeechSynthesizer } from '../speech-synthesizer.js';
import { wavSamples } from './wav-samples.js';
import { untilFirstByte, type BegunAudio } from './first-byte.js';
import { joinParts } from './join-parts.js';
import { SentCharacters } from './sent-characters.js';
import { splitText } from './split-text.js';

/** A synthesis whose first byte is there. It belongs to the one who gets it, who closes `audio`. */
export interface Synthesis {
  provider: string;
  /** Only when another provider should have spoken. */
  fallback?: SpeechFallback;
  audio: AsyncIterable<Uint8Array>;
  /** Makes the file to keep of the bytes that were streamed, where the two differ. */
  complete?: (file: Buffer) => Buffer;
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
    private readonly metrics: Pick<SpeechMetrics, 'fellBack' | 'called'>,
  ) {}

  /** The provider that speaks unless it fails. */
  get preferred(): SpeechSynthesizer {
    return this.synthesizers[0]!;
  }

  /** Resolves with the first byte. Until then the next provider is tried when one fails, afterwards never. */
  async produce(
    order: SpeechOrder,
    signal: AbortSignal,
    sent = new SentCharacters(order.request.model),
  ): Promise<Synthesis> {
    let failure: unknown;
    let fallback: SpeechFallback | undefined;
    for (const [index, synthesizer] of this.synthesizers.entries()) {
      // Both live as long as the speech, so what was begun needs no unlinking.
      const attempt = new LinkedAbort(signal);
      try {
        const synthesis = await this.attemptAs(
          fallback && synthesizer.standInVoice,
          synthesizer,
          order,
          attempt.signal,
          sent,
        );
        if (!fallback) return synthesis;
        this.metrics.fellBack(fallback.from, synthesizer.name, fallback.code);
        return { ...synthesis, fallback };
      } catch (error) {
        attempt.abort();
        // What the fallback does not know (a voice, say) is not what the caller asked about.
        failure ??= error;
        if (signal.aborted || !(error instanceof ParleyError) || !FALLBACK_CODES.has(error.code)) break;
        const { code, cause } = error;
        fallback ??= { from: synthesizer.name, code, reason: error.message };
        // The failure of the last one is thrown, and has the entry of its request.
        if (index === this.synthesizers.length - 1) break;
        const fields = cause === undefined ? {} : { cause: describeCause(cause) };
        this.logger.warn({ provider: synthesizer.name, code, ...fields }, 'Speech provider failed');
      }
    }
    throw failure;
  }

  /** Voices have other names at another provider, which has one to step in with. */
  private async attemptAs(
    standInVoice: string | undefined,
    synthesizer: SpeechSynthesizer,
    order: SpeechOrder,
    signal: AbortSignal,
    sent: SentCharacters,
  ): Promise<Synthesis> {
    try {
      return await this.attempt(synthesizer, order, signal, sent);
    } catch (error) {
      const isForeign = error instanceof InvalidInputError && error.param === 'voice';
      if (!isForeign || standInVoice === undefined || signal.aborted) throw error;
      const request = { ...order.request, voice: standInVoice };
      return await this.attempt(synthesizer, { ...order, request }, signal, sent);
    }
  }

  private async attempt(
    synthesizer: SpeechSynthesizer,
    { request, caller }: SpeechOrder,
    signal: AbortSignal,
    sent: SentCharacters,
  ): Promise<Synthesis> {
    const { name: provider } = synthesizer;
    const { format } = request;
    // A part of marks alone would be refused, or answered with nothing.
    const parts = splitText(request.input, synthesizer.maxInputChars).filter(isSpeakable);
    const [text = request.input, ...rest] = parts;
    const isPassedOn = rest.length === 0 && synthesizer.formats.includes(format);
    if (!isPassedOn) this.encoder.requireEncoder(format);
    const model = provider === 'openai' ? request.model : provider;
    // Later parts are begun by whoever listens then.
    const parent = currentTrace();
    const open = async (input: string, asked: AudioFormat): Promise<BegunAudio> => {
      sent.add(input.length, model);
      const call = this.metrics.called(provider, { model, parent });
      try {
        const accepted = call.span.within(() =>
          synthesizer.synthesize({ ...request, input, format: asked }, signal, caller),
        );
        const begun = await untilFirstByte(accepted, this.idleTimeoutMs, asked);
        call.answered();
        return { ...begun, audio: call.span.until(begun.audio) };
      } catch (error) {
        if (!signal.aborted) sent.takeBack(input.length);
        call.cut(cutCall(error, signal));
        throw error;
      }
    };
    const first = await open(text, isPassedOn ? format : 'pcm');
    if (isPassedOn && first.format === format) return { provider, audio: first.audio };
    try {
      const samples = await samplesOf(first);
      const pcm = joinParts(samples, rest, async (part) => samplesOf(await open(part, 'pcm')));
      const audio = await peekFirst(this.encoder.encode(pcm, format, caller.tenantId));
      return { provider, audio, ...(format === 'wav' && { complete: withKnownLength }) };
    } catch (error) {
      // An encoder that refuses reads nothing, and what nobody reads would never end.
      closeStream(first.audio);
      throw error;
    }
  }
}

/** A header that cannot be read fails here, where it can still become a status. */
async function samplesOf({ format, audio }: BegunAudio): Promise<AsyncIterable<Uint8Array>> {
  return format === 'wav' ? peekFirst(wavSamples(audio)) : audio;
}
