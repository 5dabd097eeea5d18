import type OpenAI from 'openai';
import { LRUCache } from 'lru-cache';
import type { ConfigType } from '@nestjs/config';
import { ProviderFailedError } from '../../../common/errors/provider-errors.js';
import type { chatConfig, OmittableField } from '../../chat.config.js';
import { toJsonText, type JsonMembers } from '../../../openai/json-members.js';
import { mapOpenAiError } from '../../../openai/map-openai-error.js';
import { createOpenAiClient } from '../../../openai/openai-client.js';
import { bodyOf } from '../../../openai/provider-fetch.js';
import { refusedField } from './refused-field.js';

/** Models whose refusals are remembered. Callers name them, so there is a bound. */
const MAX_MODELS = 1_000;
/** Services learn, too. */
const FORGET_AFTER_MS = 86_400_000;

/** The two names of one limit: each model takes one of them. */
const OTHER_NAME: Partial<Record<OmittableField, OmittableField>> = {
  max_tokens: 'max_completion_tokens',
  max_completion_tokens: 'max_tokens',
};

export type EndpointSettings = Pick<
  ConfigType<typeof chatConfig>,
  'openai' | 'omitFields' | 'wholeTimeoutMs' | 'maxEventBytes' | 'maxWholeBytes'
>;

/**
 * One service with OpenAI's `/v1/chat/completions`, for whoever in the chat asks it. Models differ in what they take: gpt-5 and
 * its like refuse `max_tokens` and `temperature`, some services `stream_options`. A refusal comes before any work, so the field
 * is left out and the request sent once more; what helped is remembered for the model.
 */
export class CompletionsEndpoint {
  readonly client: OpenAI;
  private readonly omitted = new LRUCache<string, ReadonlySet<OmittableField>>({
    max: MAX_MODELS,
    ttl: FORGET_AFTER_MS,
  });

  constructor(readonly settings: EndpointSettings) {
    this.client = createOpenAiClient(settings.openai);
  }

  /**
   * @param members the body of the request
   * @throws the errors of `ChatModel.stream`
   */
  async post(members: JsonMembers, isStream: boolean, signal: AbortSignal): Promise<Response> {
    const model = members.get('model') ?? '';
    const known = this.omitted.get(model);
    const omitted = new Set([...this.settings.omitFields, ...(known ?? [])]);
    let hasLearnt = false;
    for (;;) {
      const sent = without(members, omitted);
      try {
        const response = await this.send(toJsonText(sent), isStream, signal);
        if (hasLearnt) this.omitted.set(model, omitted);
        return accepted(response);
      } catch (error) {
        signal.throwIfAborted();
        const field = refusedField(error, (each) => sent.has(each));
        if (field === undefined || !canOmit(field, omitted))
          throw mapOpenAiError(error, 'chat', Object.fromEntries(members));
        omitted.add(field);
        hasLearnt = true;
      }
    }
  }

  private send(body: string, isStream: boolean, signal: AbortSignal): Promise<Response> {
    const { openai, wholeTimeoutMs } = this.settings;
    return this.client
      .post('/chat/completions', {
        body,
        headers: { 'Content-Type': 'application/json' },
        signal,
        stream: isStream,
        // The headers of an answer that is not streamed come when it is complete.
        timeout: isStream ? openai.headersTimeoutMs : wholeTimeoutMs,
      })
      .asResponse();
  }
}

/** Other successes promise an answer for later, or say that there is none. */
function accepted(response: Response): Response {
  if (response.status === 200) return response;
  bodyOf(response).destroy();
  throw new ProviderFailedError('The chat service took the request but did not answer it.');
}

/** A limit is never dropped: somebody wants to pay no more than that. */
function canOmit(field: OmittableField, omitted: ReadonlySet<OmittableField>): boolean {
  const other = OTHER_NAME[field];
  return other === undefined || !omitted.has(other);
}

function without(members: JsonMembers, omitted: ReadonlySet<OmittableField>): JsonMembers {
  const left = new Map(members);
  for (const field of omitted) {
    const value = left.get(field);
    const other = OTHER_NAME[field];
    left.delete(field);
    if (value !== undefined && other && !omitted.has(other) && !left.has(other)) left.set(other, value);
  }
  return left;
}
