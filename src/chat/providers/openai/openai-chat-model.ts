import type OpenAI from 'openai';
import { mapOpenAiError } from '../../../openai/map-openai-error.js';
import type { ChatChunk, ChatModel, ChatRequest } from '../../chat-model.js';
import { readCompletion } from './read-completion.js';

/** Any service with OpenAI's `/v1/chat/completions`: OpenAI, Ollama, vLLM and others. */
export class OpenAiChatModel implements ChatModel {
  readonly name = 'openai';

  constructor(private readonly client: OpenAI) {}

  async stream(request: ChatRequest, signal: AbortSignal): Promise<AsyncIterable<ChatChunk>> {
    try {
      const response = await this.client.chat.completions
        .create(completionBody(request), { signal })
        .asResponse();
      return readCompletion(response, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw mapOpenAiError(error, 'chat');
    }
  }
}

function completionBody(request: ChatRequest): OpenAI.ChatCompletionCreateParamsStreaming {
  return {
    model: request.model,
    messages: [...request.messages],
    temperature: request.temperature,
    top_p: request.topP,
    max_tokens: request.maxTokens,
    presence_penalty: request.presencePenalty,
    frequency_penalty: request.frequencyPenalty,
    response_format: request.responseFormat as OpenAI.ChatCompletionCreateParams['response_format'],
    stream: true,
    stream_options: { include_usage: true },
  };
}
