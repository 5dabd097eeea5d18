import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { Caller } from '../auth/caller.js';
import { TooLargeError } from '../common/errors/caller-errors.js';
import type { ChatMessage, ChatRequest } from './chat-model.js';
import type { ChatInput } from './chat-input.js';
import { chatConfig } from './chat.config.js';
import { ModelCaller } from './runs/model-caller.js';
import { RunStarter } from './runs/run-starter.js';
import type { Run } from './runs/run.js';

/** Turns a caller's question into a run. */
@Injectable()
export class ChatService {
  constructor(
    private readonly models: ModelCaller,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
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
        caller,
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
      model: model ?? this.config.defaultModel,
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
    const { maxInputChars } = this.config;
    const length = messages.reduce((sum, { content }) => sum + content.length, 0);
    if (length > maxInputChars)
      throw new TooLargeError(`${param} is too long: at most ${maxInputChars} characters.`, { param });
  }
}
