import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { ProviderTimeoutError } from '../../common/errors/provider-errors.js';
import { withIdleTimeout } from '../../common/streams/idle-timeout.js';
import { LinkedAbort } from '../../common/streams/linked-abort.js';
import {
  CHAT_MODEL,
  type ChatChunk,
  type ChatModel,
  type ChatRequest,
  type FinishReason,
} from '../chat-model.js';
import { chatConfig } from '../chat.config.js';
import type { RunContext } from './run.js';

/** Calls the model for runs: with timeouts for silence, and on the run's meter. */
@Injectable()
export class ModelCaller {
  constructor(
    @Inject(CHAT_MODEL) private readonly model: ChatModel,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
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
    const work = new LinkedAbort(context.signal);
    const meter = context.meter.begin(request.messages.map(({ content }) => content).join('\n'));
    try {
      const chunks = await this.model.stream(request, work.signal);
      context.accepted();
      const limits = { firstMs: firstTokenMs, idleMs: idleTimeoutMs };
      for await (const chunk of withIdleTimeout(chunks, limits, fellSilent)) {
        if (chunk.type === 'usage') meter.told(chunk.usage);
        else if (chunk.type !== 'finish') meter.wrote(chunk.text);
        yield chunk;
      }
    } catch (error) {
      const reason: unknown = work.signal.aborted ? work.signal.reason : error;
      work.abort(reason);
      throw reason;
    } finally {
      meter.end();
      work.unlink();
    }
  }
}

function fellSilent(): ProviderTimeoutError {
  return new ProviderTimeoutError('The chat service fell silent.');
}
