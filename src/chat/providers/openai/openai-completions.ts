import { ProviderFailedError } from '../../../common/errors/provider-errors.js';
import { shapeFault } from '../../../common/limits/json-shape.js';
import { mapOpenAiError } from '../../../openai/map-openai-error.js';
import { readBody } from '../../../openai/provider-fetch.js';
import type {
  CompletionReply,
  CompletionRequest,
  CompletionService,
  ModelList,
} from '../../openai-api/completion-service.js';
import { completionEvents } from './completion-events.js';
import type { CompletionsEndpoint } from './completions-endpoint.js';
import { relayCompletion } from './relay-completion.js';
import { readWhole, relayWhole } from './whole-answer.js';

/** A description of a model is flat; what is not would overflow the stack of whoever writes it again. */
const MODEL_SHAPE = { maxDepth: 32, maxValues: 1_000_000 };

/** The provider's own API: what it says in an answer is passed on as it was written. */
export class OpenAiCompletions implements CompletionService {
  readonly name = 'openai';

  constructor(private readonly endpoint: CompletionsEndpoint) {}

  async complete({ stream, members }: CompletionRequest, signal: AbortSignal): Promise<CompletionReply> {
    const { maxEventBytes, maxWholeBytes } = this.endpoint.settings;
    const isStream = stream === true;
    const response = await this.endpoint.post(members, isStream, signal);
    const body = isStream
      ? relayCompletion(completionEvents(response, signal, maxEventBytes))
      : relayWhole(readBody(response, signal, wasCut), maxWholeBytes);
    return { body };
  }

  async models(signal: AbortSignal): Promise<ModelList> {
    const text = await this.askForModels(signal);
    try {
      const list: unknown = JSON.parse(text);
      if (isModelList(list) && shapeFault(list, MODEL_SHAPE) === undefined) return list;
    } catch {
      // As when it is something else.
    }
    throw new ProviderFailedError('The chat service sent no list of models.');
  }

  private async askForModels(signal: AbortSignal): Promise<string> {
    try {
      const response = await this.endpoint.client.get('/models', { signal }).asResponse();
      const body = await readWhole(readBody(response, signal, wasCut), this.endpoint.settings.maxWholeBytes);
      return body.toString();
    } catch (error) {
      signal.throwIfAborted();
      throw mapOpenAiError(error, 'chat');
    }
  }
}

function wasCut(cause: unknown): ProviderFailedError {
  return new ProviderFailedError('The connection to the chat service was cut.', { cause });
}

function isModelList(value: unknown): value is ModelList {
  return (
    typeof value === 'object' &&
    value !== null &&
    'data' in value &&
    Array.isArray(value.data) &&
    value.data.every((model) => typeof model === 'object' && model !== null)
  );
}
