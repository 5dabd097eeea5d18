import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { TooLargeError } from '../common/errors/caller-errors.js';
import { AppConfig } from '../config/app-config.js';
import type { ChatMessage, ChatRequest } from './chat-model.js';
import type { ChatInput } from './chat-input.js';
import { ModelCaller } from './runs/model-caller.js';
import { RunStarter } from './runs/run-starter.js';
import type { Run } from './runs/run.js';

/** Turns a caller's question into a run. */
@Injectable()
export class ChatService {
  constructor(
    private readonly models: ModelCaller,
    private readonly config: AppConfig,
    private readonly starter: RunStarter,
  ) {}

  /**
   * Begins a run, or finds the one that this request has begun before.
   * @param lastEventId the run that a reconnecting EventSource was reading
   */
  async open(input: ChatInput, caller: Caller, lastEventId?: string): Promise<Run> {
    const request = this.request(input);
    return this.starter.open(
      {
        tenantId: caller.tenantId,
        model: request.model,
        request,
        options: input,
        lastEventId,
      },
      (context) => this.models.answer(request, context),
    );
  }

  private request(input: ChatInput): ChatRequest {
    const { text, messages, model, temperature, topP, maxTokens, presencePenalty, frequencyPenalty } = input;
    const request = {
      messages: messages ?? [{ role: 'user' as const, content: text ?? '' }],
      model: model ?? this.config.chat.defaultModel,
      temperature,
      topP,
      maxTokens,
      presencePenalty,
      frequencyPenalty,
      responseFormat: input.responseFormat,
    };
    this.refuseTooLarge(request.messages, text === undefined ? 'messages' : 'text');
    return request;
  }

  private refuseTooLarge(messages: readonly ChatMessage[], param: string): void {
    const { maxInputChars } = this.config.chat;
    const length = messages.reduce((sum, { content }) => sum + content.length, 0);
    if (length > maxInputChars)
      throw new TooLargeError(`${param} is too long: at most ${maxInputChars} characters.`, { param });
  }
}
