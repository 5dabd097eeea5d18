import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { Caller } from '../auth/caller.js';
import { CHAT_MODEL, type ChatModel, type ChatRequest } from '../chat/chat-model.js';
import { chatConfig } from '../chat/chat.config.js';
import { ProviderTimeoutError } from '../common/errors/provider-errors.js';
import { LinkedAbort } from '../common/streams/linked-abort.js';
import { TokenEstimate } from '../common/text/token-estimate.js';
import { mayHaveSpent, TokenSpend, type SpentTokens } from '../ledger/token-spend.js';
import { cutCall } from '../metrics/cut-call.js';
import { ProviderMetrics } from '../metrics/provider-metrics.js';
import { annotationConfig } from './annotation.config.js';

/** Longest explanation, in UTF-16 units, as the original clients count. */
const MAX_EXPLANATION_CHARS = 128;
/** Characters of the lecture that the model gets. */
const CONTEXT_CHARS = 2_000;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Explains one word as a dictionary would, for a student in the lecture it comes from. */
@Injectable()
export class Explainer {
  constructor(
    @Inject(CHAT_MODEL) private readonly model: ChatModel,
    @Inject(annotationConfig.KEY) private readonly config: ConfigType<typeof annotationConfig>,
    @Inject(chatConfig.KEY) private readonly chat: ConfigType<typeof chatConfig>,
    private readonly tokens: TokenSpend,
    private readonly providers: ProviderMetrics,
  ) {}

  async explain(caller: Caller, word: string, lecture: string, signal: AbortSignal): Promise<string> {
    const work = new LinkedAbort(signal);
    const timer = setTimeout(
      () => work.abort(new ProviderTimeoutError('The explanation took too long.')),
      this.config.timeoutMs,
    );
    try {
      return await this.ask(caller, this.request(word, lecture), work.signal);
    } catch (error) {
      throw work.signal.aborted ? work.signal.reason : error;
    } finally {
      clearTimeout(timer);
      work.unlink();
    }
  }

  private async ask(caller: Caller, request: ChatRequest, signal: AbortSignal): Promise<string> {
    const { model, maxTokens } = request;
    const input = request.messages.map(({ content }) => content).join('\n');
    const reservation = await this.tokens.reserve(caller, { model, input, maxTokens });
    let spent: SpentTokens | undefined;
    const output = new TokenEstimate();
    const call = this.providers.begin('annotation', this.model.name, { ...request, isStream: true });
    let hasBegun = false;
    try {
      signal.throwIfAborted();
      const chunks = await call.span
        .within(() => this.model.stream(request, signal))
        .catch((error: unknown) => {
          if (mayHaveSpent(error, signal)) spent = { inputTokens: reservation.inputTokens, outputTokens: 0 };
          throw error;
        });
      spent = { inputTokens: reservation.inputTokens, outputTokens: 0 };
      let text = '';
      for await (const chunk of chunks) {
        if (!hasBegun) call.answered();
        hasBegun = true;
        if (chunk.type === 'usage') {
          ({ usage: spent } = chunk);
          call.span.used(spent);
        }
        if (chunk.type === 'finish') call.span.finished(chunk.reason);
        if (chunk.type === 'delta' || chunk.type === 'reasoning') output.add(chunk.text);
        if (chunk.type === 'delta') text = (text + chunk.text).trimStart();
        // The rest would be cut off: the model need not generate it.
        if (text.length > MAX_EXPLANATION_CHARS) break;
      }
      call.ended();
      return shorten(text.trim(), MAX_EXPLANATION_CHARS);
    } catch (error) {
      const cut = cutCall(error, signal);
      call.cut(cut);
      throw cut.reason;
    } finally {
      void reservation.settle(spent && { ...spent, outputTokens: spent.outputTokens || output.tokens });
    }
  }

  private request(word: string, lecture: string): ChatRequest {
    const system = [
      'You explain terms of a university lecture to a student, as a dictionary does.',
      `One short explanation of the term, at most ${MAX_EXPLANATION_CHARS} characters, in the language of the lecture.`,
      'Do not repeat the term, do not quote, nothing else.',
    ].join(' ');
    const context = lecture === '' ? '' : `\n\nFrom the lecture:\n${lecture.slice(0, CONTEXT_CHARS)}`;
    return {
      model: this.chat.defaultModel,
      messages: [
        { role: 'system', content: system },
        { role: 'user', content: `Term: ${word}${context}` },
      ],
      temperature: 0.2,
      maxTokens: MAX_EXPLANATION_CHARS * 2,
    };
  }
}

/** The text, up to the last character (grapheme) that fits as a whole. */
function shorten(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  return text.slice(0, graphemes.segment(text).containing(maxChars)?.index ?? maxChars);
}
