export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface ChatRequest {
  messages: readonly ChatMessage[];
  model: string;
  temperature?: number | undefined;
  topP?: number | undefined;
  maxTokens?: number | undefined;
  presencePenalty?: number | undefined;
  frequencyPenalty?: number | undefined;
  /** OpenAI's `response_format`, passed on as it is. */
  responseFormat?: Readonly<Record<string, unknown>> | undefined;
}

export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
}

/** `stop`: the model was done. `length`: `maxTokens` was reached. `filtered`: the provider withheld the rest. */
export type FinishReason = 'stop' | 'length' | 'filtered' | 'tool_calls';

export type ChatChunk =
  | { type: 'delta'; text: string }
  | { type: 'reasoning'; text: string }
  | { type: 'usage'; usage: TokenUsage }
  | { type: 'finish'; reason: FinishReason };

/** A language model that answers in a stream. Implementations live under `providers/`; contract suite: `test/contracts/chat-model.ts`. */
export interface ChatModel {
  /** Stable name for logs and health, e.g. `openai`. */
  readonly name: string;

  /**
   * Starts one answer. Resolves once the provider has accepted the request, so that a refusal rejects here with its status.
   * The stream yields exactly one `finish` when the answer is complete; one that ends without it was cut, and throws.
   * Aborting `signal`, or leaving the iteration, ends the provider's work, also before the first token.
   *
   * @throws ProviderRejectedError, ProviderAuthError, ProviderRateLimitedError, ProviderTimeoutError, ProviderFailedError
   */
  stream(request: ChatRequest, signal: AbortSignal): Promise<AsyncIterable<ChatChunk>>;
}

export const CHAT_MODEL = Symbol('CHAT_MODEL');
