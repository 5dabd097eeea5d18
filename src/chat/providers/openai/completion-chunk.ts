import { ProviderFailedError } from '../../../common/errors/provider-errors.js';
import type { ChatChunk, FinishReason } from '../../chat-model.js';

/** The part of OpenAI's `chat.completion.chunk` that we read. Every field may be missing: compatible servers differ. */
interface CompletionChunk {
  error?: unknown;
  choices?:
    | readonly {
        index?: number;
        delta?: {
          content?: string | null;
          refusal?: string | null;
          /** DeepSeek, vLLM. */
          reasoning_content?: string | null;
          /** OpenRouter, Ollama. */
          reasoning?: string | null;
        } | null;
        finish_reason?: string | null;
      }[]
    | null;
  usage?: { prompt_tokens?: number; completion_tokens?: number; total_tokens?: number } | null;
}

const FINISH_REASONS: Record<string, FinishReason> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'filtered',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
};

/**
 * What one `data:` of the provider means to us.
 * @throws ProviderFailedError when it is no JSON object, or says that the provider has failed
 */
export function* readCompletionChunk(data: string): Iterable<ChatChunk> {
  const chunk = parse(data);
  if (chunk.error !== undefined && chunk.error !== null)
    throw new ProviderFailedError('The chat service failed in mid-stream.');
  // We ask for one choice; a server that sends more must not have them mixed.
  const choice = Array.isArray(chunk.choices)
    ? chunk.choices.find((each) => (each?.index ?? 0) === 0)
    : undefined;
  const reasoning = choice?.delta?.reasoning_content ?? choice?.delta?.reasoning;
  const text = choice?.delta?.content ?? choice?.delta?.refusal;
  if (typeof reasoning === 'string' && reasoning !== '') yield { type: 'reasoning', text: reasoning };
  if (typeof text === 'string' && text !== '') yield { type: 'delta', text };
  if (typeof choice?.finish_reason === 'string' && choice.finish_reason !== '')
    yield { type: 'finish', reason: FINISH_REASONS[choice.finish_reason] ?? 'stop' };
  if (typeof chunk.usage === 'object' && chunk.usage !== null) yield usageOf(chunk.usage);
}

function parse(data: string): CompletionChunk {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null)
    throw new ProviderFailedError('The chat service sent something that is no answer.');
  return value;
}

function usageOf(usage: NonNullable<CompletionChunk['usage']>): ChatChunk {
  const inputTokens = usage.prompt_tokens ?? 0;
  const outputTokens = usage.completion_tokens ?? 0;
  return {
    type: 'usage',
    usage: { inputTokens, outputTokens, totalTokens: usage.total_tokens ?? inputTokens + outputTokens },
  };
}
