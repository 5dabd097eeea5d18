import type OpenAI from 'openai';
import { ProviderFailedError } from '../../../common/errors/provider-errors.js';
import { mapOpenAiError } from '../../../openai/map-openai-error.js';
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
    const { body } = await this.call(signal, () =>
      this.client
        .post('/chat/completions', { body: request, signal, stream: request.stream === true })
        .asResponse(),
    );
    if (!body) throw new ProviderFailedError('The chat service sent no answer.');
    return { body: readBody(body, signal) };
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

async function* readBody(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      yield value;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new ProviderFailedError('The connection to the chat service was cut.', { cause: error });
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}

function isModelList(value: unknown): value is ModelList {
  return typeof value === 'object' && value !== null && 'data' in value && Array.isArray(value.data);
}
