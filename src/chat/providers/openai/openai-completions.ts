import type OpenAI from 'openai';
import { ProviderFailedError } from '../../../common/errors/provider-errors.js';
import { mapOpenAiError } from '../../../openai/map-openai-error.js';
import { readBody } from '../../../openai/provider-fetch.js';
import type {
  CompletionReply,
  CompletionRequest,
  CompletionService,
  ModelList,
} from '../../openai-api/completion-service.js';

/** The provider's own API, byte for byte. */
export class OpenAiCompletions implements CompletionService {
  constructor(private readonly client: OpenAI) {}

  async complete(request: CompletionRequest, signal: AbortSignal): Promise<CompletionReply> {
    const response = await this.call(signal, () =>
      this.client
        .post('/chat/completions', { body: request, signal, stream: request.stream === true })
        .asResponse(),
    );
    const wasCut = (cause: unknown): ProviderFailedError =>
      new ProviderFailedError('The connection to the chat service was cut.', { cause });
    return { body: readBody(response, signal, wasCut) };
  }

  async models(signal: AbortSignal): Promise<ModelList> {
    const response = await this.call(signal, () => this.client.get('/models', { signal }).asResponse());
    const list: unknown = await response.json().catch(() => undefined);
    if (!isModelList(list)) throw new ProviderFailedError('The chat service sent no list of models.');
    return list;
  }

  private async call(signal: AbortSignal, send: () => Promise<Response>): Promise<Response> {
    try {
      return await send();
    } catch (error) {
      signal.throwIfAborted();
      throw mapOpenAiError(error, 'chat');
    }
  }
}

function isModelList(value: unknown): value is ModelList {
  return typeof value === 'object' && value !== null && 'data' in value && Array.isArray(value.data);
}
