import { toFile, type OpenAI } from 'openai';
import { z } from 'zod';
import { msToSamples } from '../../../common/audio/pcm.js';
import { ProviderFailedError } from '../../../common/errors/provider-errors.js';
import { shapeFault } from '../../../common/limits/json-shape.js';
import { ModelCallSpan } from '../../../common/tracing/model-call.js';
import type { WorkerConfig } from '../../worker.config.js';
import { createOpenAiClient } from '../../../openai/openai-client.js';
import { mapOpenAiError } from '../../../openai/map-openai-error.js';
import type { DecodedUtterance, DecodeRequest, Engine, RecogniserKey, Task } from '../../engine.js';
import { abortable } from '../../../common/streams/abortable.js';
import { refuseKey, refuseRequest } from '../refuse-request.js';
import { WHISPER_LANGUAGES } from '../whisper-languages.js';
import { languageCode } from './language-code.js';
import { encodeWav } from './wav.js';

/** OpenAI refuses less than 100 ms. */
const MIN_SAMPLES = msToSamples(100);

/** More than an answer for half a minute of speech has. */
const ANSWER_SHAPE = { maxDepth: 16, maxValues: 50_000 };

/** The part of `verbose_json` that is used; servers differ in the rest. */
const transcriptionSchema = z.object({
  text: z.string(),
  language: z.string().nullish(),
  words: z.array(z.object({ word: z.string(), start: z.number(), end: z.number() })).nullish(),
  segments: z
    .array(z.object({ avg_logprob: z.number().nullish(), no_speech_prob: z.number().nullish() }))
    .nullish(),
});

/** Whisper's own rule: the model finds silence probable and its words improbable. */
const NO_SPEECH = { probability: 0.6, logProbability: -1 };

export type OpenAiEngineSettings = Pick<WorkerConfig, 'model' | 'openai' | 'decodeTimeoutMs'>;

/**
 * Any server that speaks OpenAI's `/v1/audio/transcriptions`: OpenAI, speaches, vLLM; one with a GPU, for example. A decode may be
 * repeated, since the words would be lost otherwise: after 429, 5xx and lost connections, but not after a timeout.
 */
export class OpenAiEngine implements Engine {
  readonly name = 'openai';
  readonly model: string;
  readonly languages: ReadonlySet<string> = WHISPER_LANGUAGES;
  readonly tasks: ReadonlySet<Task> = new Set(['transcribe', 'translate']);
  readonly detectsLanguage = true;
  private readonly client: OpenAI;
  /** For decodes that may be left out: it does not retry. */
  private readonly onceClient: OpenAI;

  constructor({ model, openai, decodeTimeoutMs }: OpenAiEngineSettings) {
    this.model = model;
    const endpoint = { ...openai, headersTimeoutMs: decodeTimeoutMs };
    this.client = createOpenAiClient(endpoint, { isRepeatable: true });
    this.onceClient = createOpenAiClient({ ...endpoint, maxRetries: 0 });
  }

  async prepare(key: RecogniserKey): Promise<void> {
    refuseKey(this, key);
  }

  async decode(request: DecodeRequest, signal: AbortSignal): Promise<DecodedUtterance> {
    signal.throwIfAborted();
    refuseRequest(this, request);
    // Too short for any word.
    if (request.samples.length < MIN_SAMPLES) return { text: '', language: request.language };
    const call = ModelCallSpan.begin({ operation: 'speech_to_text', provider: this.name, model: this.model });
    try {
      const answer = await abortable(
        call.within(() => this.ask(request, signal)),
        signal,
      );
      const decoded = this.read(answer, request);
      call.end();
      return decoded;
    } catch (error) {
      const failure = signal.aborted ? signal.reason : mapOpenAiError(error, 'speech');
      call.end(failure);
      throw failure;
    }
  }

  async close(): Promise<void> {
    // Each request ends with its session.
  }

  private async ask(
    { samples, language, task, words, isOptional }: DecodeRequest,
    signal: AbortSignal,
  ): Promise<unknown> {
    const file = await toFile(encodeWav(samples), 'utterance.wav', { type: 'audio/wav' });
    const common = { file, model: this.model, response_format: 'verbose_json', temperature: 0 } as const;
    const { audio } = isOptional ? this.onceClient : this.client;
    if (task === 'translate') return audio.translations.create(common, { signal });
    return audio.transcriptions.create(
      {
        ...common,
        ...(language !== 'auto' && { language }),
        ...(words && { timestamp_granularities: ['word', 'segment'] }),
      },
      { signal },
    );
  }

  private read(answer: unknown, { language, words: wantsWords, samples }: DecodeRequest): DecodedUtterance {
    const parsed = transcriptionSchema.safeParse(
      shapeFault(answer, ANSWER_SHAPE) === undefined ? answer : undefined,
    );
    if (!parsed.success)
      throw new ProviderFailedError('The speech server answered what is no transcription.');
    const { text, language: detected, words, segments } = parsed.data;
    const logProbability = mean(segments?.map(({ avg_logprob }) => avg_logprob));
    const noSpeech = mean(segments?.map(({ no_speech_prob }) => no_speech_prob));
    const isSilence =
      (noSpeech ?? 0) > NO_SPEECH.probability && (logProbability ?? 0) < NO_SPEECH.logProbability;
    const toSamples = (seconds: number): number =>
      Math.min(Math.max(0, msToSamples(seconds * 1_000)), samples.length);
    return {
      text: isSilence ? '' : text.trim(),
      language: language === 'auto' ? languageCode(detected ?? '') : language,
      ...(wantsWords &&
        !isSilence &&
        words && {
          words: words.map(({ word, start, end }) => ({
            word,
            start: toSamples(start),
            end: toSamples(end),
          })),
        }),
      ...(logProbability !== undefined && { confidence: Math.min(1, Math.exp(logProbability)) }),
    };
  }
}

function mean(values: (number | null | undefined)[] | undefined): number | undefined {
  const known = values?.filter((value) => typeof value === 'number') ?? [];
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}
