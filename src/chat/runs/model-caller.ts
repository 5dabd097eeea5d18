import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { ProviderTimeoutError } from '../../common/errors/provider-errors.js';
import { withIdleTimeout } from '../../common/streams/idle-timeout.js';
import { LinkedAbort } from '../../common/streams/linked-abort.js';
import { mayHaveSpent, TokenSpend } from '../../ledger/token-spend.js';
import { cutCall } from '../../metrics/cut-call.js';
import {
  CHAT_MODEL,
  type ChatChunk,
  type ChatModel,
  type ChatRequest,
  type FinishReason,
} from '../chat-model.js';
import { chatConfig } from '../chat.config.js';
import { RunMetrics } from './run-metrics.js';
import type { RunContext } from './run.js';

/** Calls the model for runs: within the caller's budgets, with timeouts for silence, and on the run's meter. */
@Injectable()
export class ModelCaller {
  constructor(
    @Inject(CHAT_MODEL) private readonly model: ChatModel,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
    private readonly tokens: TokenSpend,
    private readonly metrics: RunMetrics,
  ) {}

  /** The whole work of a plain run: one call, passed on as it comes. */
  async answer(request: ChatRequest, context: RunContext): Promise<FinishReason> {
    let finishReason: FinishReason = 'stop';
    for await (const chunk of this.call(request, context)) {
      if (chunk.type === 'finish') finishReason = chunk.reason;
      else if (chunk.type !== 'usage') context.emit(chunk.type, { text: chunk.text });
    }
    return finishReason;
  }

  async *call(request: ChatRequest, context: RunContext): AsyncGenerator<ChatChunk> {
    const { firstTokenMs, idleTimeoutMs } = this.config;
    const input = request.messages.map(({ content }) => content).join('\n');
    const { model, maxTokens } = request;
    const reservation = await this.tokens.reserve(context.caller, { model, input, maxTokens });
    const work = new LinkedAbort(context.signal);
    const meter = context.meter.begin(input);
    let hasSpent = false;
    const bounded = { ...request, maxTokens: reservation.maxTokens };
    const call = this.metrics.called(this.model.name, { ...bounded, isStream: true });
    let hasBegun = false;
    let isOver = false;
    try {
      work.signal.throwIfAborted();
      hasSpent = true;
      const chunks = await call.span
        .within(() => this.model.stream(bounded, work.signal))
        .catch((error: unknown) => {
          hasSpent = mayHaveSpent(error, work.signal);
          throw error;
        });
      context.accepted();
      const limits = { firstMs: firstTokenMs, idleMs: idleTimeoutMs };
      for await (const chunk of withIdleTimeout(chunks, limits, fellSilent)) {
        if (chunk.type === 'usage') {
          meter.told(chunk.usage);
          call.span.used(chunk.usage);
        } else if (chunk.type === 'finish') call.span.finished(chunk.reason);
        else meter.wrote(chunk.text);
        if (!hasBegun) call.answered();
        yield chunk;
        if (!hasBegun) this.metrics.firstToken('runs');
        hasBegun = true;
      }
      isOver = true;
      call.ended();
    } catch (error) {
      const cut = cutCall(error, work.signal);
      isOver = true;
      call.cut(cut);
      work.abort(cut.reason);
      throw cut.reason;
    } finally {
      if (!isOver) call.left();
      meter.end();
      work.unlink();
      void reservation.settle(hasSpent ? meter.usage : undefined);
    }
  }
}

function fellSilent(): ProviderTimeoutError {
  return new ProviderTimeoutError('The chat service fell silent.');
}
