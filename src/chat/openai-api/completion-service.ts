import type { JsonMembers } from '../../openai/json-members.js';

/** A request of OpenAI's chat API. What we do not read is passed on untouched. */
export interface CompletionRequest {
  /** The request as it was written, with `model` filled in: what is passed on. The other fields are read, never passed on. */
  members: JsonMembers;
  model: string;
  messages: readonly Record<string, unknown>[];
  stream?: boolean | null | undefined;
  [field: string]: unknown;
}

export interface CompletionReply {
  /** The body as it goes to the client. An SSE body ends with `data: [DONE]`, or it was cut. */
  body: AsyncIterable<Uint8Array>;
}

export interface ModelList {
  object: 'list';
  data: readonly Record<string, unknown>[];
}

/** OpenAI's chat API behind our door. */
export interface CompletionService {
  /** As of the model, for logs and metrics. */
  readonly name: string;

  /**
   * Resolves once the provider has accepted the request. Aborting `signal` ends its work.
   * @throws ProviderRejectedError, ProviderAuthError, ProviderRateLimitedError, ProviderTimeoutError, ProviderFailedError
   */
  complete(request: CompletionRequest, signal: AbortSignal): Promise<CompletionReply>;

  models(signal: AbortSignal): Promise<ModelList>;
}

export const COMPLETION_SERVICE = Symbol('COMPLETION_SERVICE');
