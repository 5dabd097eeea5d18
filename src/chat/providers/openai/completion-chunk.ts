import { ProviderFailedError } from '../../../common/errors/provider-errors.js';
import type { CompletionEvent } from './completion-events.js';

/** A text, or parts of one (Mistral): `text`, or `thinking` that holds such parts again. */
export type Content = string | readonly unknown[] | null;

export interface CompletionDelta {
  content?: Content;
  refusal?: string | null;
  /** DeepSeek, vLLM. */
  reasoning_content?: Content;
  /** OpenRouter, Ollama, Groq. */
  reasoning?: Content;
}

export interface CompletionChoice {
  index?: number | string | null;
  delta?: CompletionDelta | null;
  /** A whole answer where a delta belongs. */
  message?: CompletionDelta | null;
  finish_reason?: string | null;
}

/** The part of OpenAI's `chat.completion.chunk` that we read. Every field may be missing or odd: compatible services differ. */
export interface CompletionChunk {
  model?: unknown;
  choices?: readonly (CompletionChoice | null)[] | null;
  usage?: Record<string, unknown> | null;
  /** Groq. */
  x_groq?: { usage?: Record<string, unknown> | null } | null;
}

/**
 * One event of a streamed completion, or nothing when it is one that may be passed over: keep-alives, and named events of a
 * service's own.
 * @throws ProviderFailedError when the service tells that it has failed, or sends what is no chunk
 */
export function parseCompletionChunk({ name, data }: CompletionEvent): CompletionChunk | undefined {
  if (name === 'error') throw failedInMidStream();
  if (data.trim() === '') return undefined;
  const value = parse(data);
  const isChunk = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isChunk) {
    // Such as `event: ping` with `data: ping`.
    if (name !== undefined) return undefined;
    throw new ProviderFailedError('The chat service sent something that is no answer.');
  }
  if (tellsFailure(value as Record<string, unknown>)) throw failedInMidStream();
  return value;
}

/** Services tell a failure in mid-stream, with status 200, in one of these shapes. */
export function tellsFailure(value: Record<string, unknown>): boolean {
  const { error, choices, object, type } = value;
  if (error !== undefined && error !== null && error !== false && error !== '') return true;
  if (Array.isArray(choices)) return false;
  return object === 'error' || type === 'error' || 'detail' in value || 'message' in value;
}

export function failedInMidStream(): ProviderFailedError {
  return new ProviderFailedError('The chat service failed in mid-stream.');
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
