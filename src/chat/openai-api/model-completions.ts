import { randomUUID } from 'node:crypto';
import type {
  ChatChunk,
  ChatMessage,
  ChatModel,
  ChatRequest,
  FinishReason,
  TokenUsage,
} from '../chat-model.js';
import type {
  CompletionReply,
  CompletionRequest,
  CompletionService,
  ModelList,
} from './completion-service.js';

const FINISH_REASONS: Record<FinishReason, string> = {
  stop: 'stop',
  length: 'length',
  filtered: 'content_filter',
  tool_calls: 'tool_calls',
};

/** OpenAI's chat API in front of a model that does not speak it, such as the demo's. One choice, text only. */
export class ModelCompletions implements CompletionService {
  constructor(private readonly model: ChatModel) {}

  get name(): string {
    return this.model.name;
  }

  async complete(request: CompletionRequest, signal: AbortSignal): Promise<CompletionReply> {
    const chunks = await this.model.stream(toChatRequest(request), signal);
    const head = {
      id: `chatcmpl-${randomUUID()}`,
      created: Math.floor(Date.now() / 1_000),
      model: request.model,
    };
    return { body: request.stream ? streamed(chunks, head, wantsUsage(request)) : whole(chunks, head) };
  }

  async models(): Promise<ModelList> {
    return {
      object: 'list',
      data: [{ id: this.model.name, object: 'model', created: 0, owned_by: 'parley' }],
    };
  }
}

interface Head {
  id: string;
  created: number;
  model: string;
}

async function* streamed(
  chunks: AsyncIterable<ChatChunk>,
  head: Head,
  withUsage: boolean,
): AsyncGenerator<Uint8Array> {
  const event = (fields: object): Uint8Array =>
    Buffer.from(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...fields })}\n\n`);
  const choice = (delta: object, reason: string | null): object => ({
    choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
  });
  let usage: TokenUsage | undefined;
  yield event(choice({ role: 'assistant', content: '' }, null));
  for await (const chunk of chunks) {
    if (chunk.type === 'delta') yield event(choice({ content: chunk.text }, null));
    else if (chunk.type === 'usage') ({ usage } = chunk);
    else if (chunk.type === 'finish') yield event(choice({}, FINISH_REASONS[chunk.reason]));
  }
  if (withUsage && usage) yield event({ choices: [], usage: toOpenAiUsage(usage) });
  yield Buffer.from('data: [DONE]\n\n');
}

async function* whole(chunks: AsyncIterable<ChatChunk>, head: Head): AsyncGenerator<Uint8Array> {
  let content = '';
  let reason = 'stop';
  let usage: TokenUsage | undefined;
  for await (const chunk of chunks) {
    if (chunk.type === 'delta') content += chunk.text;
    else if (chunk.type === 'usage') ({ usage } = chunk);
    else if (chunk.type === 'finish') reason = FINISH_REASONS[chunk.reason];
  }
  const message = { role: 'assistant', content, refusal: null };
  yield Buffer.from(
    JSON.stringify({
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message, logprobs: null, finish_reason: reason }],
      ...(usage && { usage: toOpenAiUsage(usage) }),
    }),
  );
}

function toOpenAiUsage({ inputTokens, outputTokens, totalTokens }: TokenUsage): object {
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: totalTokens };
}

function wantsUsage({ stream_options: options }: CompletionRequest): boolean {
  return (
    typeof options === 'object' && options !== null && 'include_usage' in options && !!options.include_usage
  );
}

function toChatRequest(request: CompletionRequest): ChatRequest {
  const limit = request.max_completion_tokens ?? request.max_tokens;
  return {
    model: request.model,
    messages: request.messages.map(toChatMessage),
    maxTokens: typeof limit === 'number' ? limit : undefined,
  };
}

function toChatMessage({ role, content }: Record<string, unknown>): ChatMessage {
  const parts: unknown[] = Array.isArray(content) ? content : [{ text: content }];
  const texts = parts.map((part) => (part as { text?: unknown } | null)?.text);
  const isKnown = role === 'system' || role === 'assistant';
  return {
    role: isKnown ? role : 'user',
    content: texts.filter((text) => typeof text === 'string').join('\n'),
  };
}
