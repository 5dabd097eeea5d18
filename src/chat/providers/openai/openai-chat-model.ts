import { ProviderRejectedError } from '../../../common/errors/provider-errors.js';
import { modelAttribute } from '../../../common/tracing/model-call.js';
import { currentSpan } from '../../../common/tracing/spans.js';
import { membersOfObject } from '../../../openai/json-members.js';
import type { ChatChunk, ChatModel, ChatRequest } from '../../chat-model.js';
import { completionEvents } from './completion-events.js';
import type { CompletionsEndpoint } from './completions-endpoint.js';
import { readCompletion } from './read-completion.js';

/** OpenAI's names of what a caller of ours calls otherwise. */
const CALLERS_NAMES: Record<string, string> = {
  top_p: 'topP',
  max_tokens: 'maxTokens',
  presence_penalty: 'presencePenalty',
  frequency_penalty: 'frequencyPenalty',
  response_format: 'responseFormat',
};

/** Any service with OpenAI's `/v1/chat/completions`: OpenAI, Ollama, vLLM and others. */
export class OpenAiChatModel implements ChatModel {
  readonly name = 'openai';

  constructor(readonly endpoint: CompletionsEndpoint) {}

  async stream(request: ChatRequest, signal: AbortSignal): Promise<AsyncIterable<ChatChunk>> {
    const response = await this.endpoint
      .post(membersOfObject(completionBody(request)), true, signal)
      .catch((error: unknown) => {
        throw inCallersNames(error);
      });
    const { maxEventBytes } = this.endpoint.settings;
    const span = currentSpan();
    return readCompletion(completionEvents(response, signal, maxEventBytes), (model) =>
      span?.setAttributes(modelAttribute(model)),
    );
  }
}

function completionBody(request: ChatRequest): object {
  return {
    model: request.model,
    messages: request.messages,
    temperature: request.temperature,
    top_p: request.topP,
    max_tokens: request.maxTokens,
    presence_penalty: request.presencePenalty,
    frequency_penalty: request.frequencyPenalty,
    response_format: request.responseFormat,
    stream: true,
    stream_options: { include_usage: true },
  };
}

function inCallersNames(error: unknown): unknown {
  if (!(error instanceof ProviderRejectedError) || error.param === undefined) return error;
  const param = CALLERS_NAMES[error.param];
  return param === undefined
    ? error
    : new ProviderRejectedError(error.message, { param, cause: error.cause });
}
