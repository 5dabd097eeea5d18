import { SpanKind, type Attributes, type Context, type Span } from '@opentelemetry/api';
import { beginSpan, endSpan, within } from './spans.js';

/** What is known of a call of a model before it is made. */
export interface ModelCallStart {
  /** `chat` is OpenTelemetry's name; it has none yet for speech. */
  operation: 'chat' | 'text_to_speech' | 'speech_to_text';
  provider: string;
  /** As the caller names it. */
  model: string | undefined;
  isStream?: boolean;
  maxTokens?: number | undefined;
  temperature?: number | undefined;
  topP?: number | undefined;
  presencePenalty?: number | undefined;
  frequencyPenalty?: number | undefined;
  /** By default the span in which the code runs. */
  parent?: Context | undefined;
}

/** Callers may write anything where a model belongs; what does not look like one is nobody's business. */
const MODEL_NAME = /^[\w.:/@+-]{1,128}$/;

/**
 * The span of one call of a model, with the attributes of OpenTelemetry's conventions for GenAI
 * (docs/decisions/2026-11-27-telemetry.md). It holds numbers and names, never what was asked or answered.
 */
export class ModelCallSpan {
  private readonly startedAtMs = performance.now();
  private hasAnswered = false;
  private isOver = false;

  private constructor(private readonly span: Span) {}

  static begin(start: ModelCallStart): ModelCallSpan {
    const { operation, parent } = start;
    const model = nameOf(start.model);
    return new ModelCallSpan(
      beginSpan(model === undefined ? operation : `${operation} ${model}`, {
        kind: SpanKind.CLIENT,
        attributes: attributesOf(start, model),
        ...(parent && { parent }),
      }),
    );
  }

  /** Runs what calls the provider, which is told of the span. */
  within<Result>(work: () => Result): Result {
    return within(this.span, work);
  }

  /** The first piece of the answer is there. Counts once. */
  answered(): void {
    if (this.hasAnswered) return;
    this.hasAnswered = true;
    const seconds = (performance.now() - this.startedAtMs) / 1_000;
    this.span.setAttribute('gen_ai.response.time_to_first_chunk', seconds);
  }

  /** Tokens as the provider counts them. */
  used({ inputTokens, outputTokens }: { inputTokens: number; outputTokens: number }): void {
    this.span.setAttributes({
      'gen_ai.usage.input_tokens': inputTokens,
      'gen_ai.usage.output_tokens': outputTokens,
    });
  }

  finished(reason: string): void {
    this.span.setAttribute('gen_ai.response.finish_reasons', [reason]);
  }

  /** The model that answers, as the provider names it. */
  answeredBy(model: unknown): void {
    this.span.setAttributes(modelAttribute(model));
  }

  /** Ends the span, once. */
  end(failure?: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    endSpan(this.span, failure);
  }

  /**
   * The stream of an answer, with whose end the span ends. The stream itself while nothing is traced, so that a chunk takes no
   * step more.
   */
  until<T>(answer: AsyncIterable<T>): AsyncIterable<T> {
    return this.span.isRecording() ? new ToldStream(answer, (failure) => this.end(failure)) : answer;
  }
}

/** The model that answers, as the provider calls it. */
export function modelAttribute(model: unknown): Attributes {
  return { 'gen_ai.response.model': typeof model === 'string' ? nameOf(model) : undefined };
}

function attributesOf(start: ModelCallStart, model: string | undefined): Attributes {
  return {
    'gen_ai.operation.name': start.operation,
    'gen_ai.provider.name': start.provider,
    'gen_ai.request.model': model,
    'gen_ai.output.type': start.operation === 'text_to_speech' ? 'speech' : 'text',
    'gen_ai.request.stream': start.isStream,
    'gen_ai.request.max_tokens': start.maxTokens,
    'gen_ai.request.temperature': start.temperature,
    'gen_ai.request.top_p': start.topP,
    'gen_ai.request.presence_penalty': start.presencePenalty,
    'gen_ai.request.frequency_penalty': start.frequencyPenalty,
  };
}

function nameOf(model: string | undefined): string | undefined {
  return model !== undefined && MODEL_NAME.test(model) ? model : undefined;
}

/** No generator: one that was not begun would end without ending its source. */
class ToldStream<T> implements AsyncIterableIterator<T> {
  private readonly source: AsyncIterator<T>;

  constructor(
    source: AsyncIterable<T>,
    private readonly over: (failure?: unknown) => void,
  ) {
    this.source = source[Symbol.asyncIterator]();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<T>> {
    try {
      const result = await this.source.next();
      if (result.done) this.over();
      return result;
    } catch (error) {
      this.over(error);
      throw error;
    }
  }

  async return(): Promise<IteratorResult<T>> {
    this.over('cancelled');
    await this.source.return?.();
    return { done: true, value: undefined };
  }
}
