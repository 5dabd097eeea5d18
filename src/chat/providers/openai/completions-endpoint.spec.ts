import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  answer,
  startFakeOpenAiChat,
  type FakeOpenAiChat,
} from '../../../../test/support/fake-openai-chat.js';
import { endpointAt } from '../../../../test/support/openai-endpoint.js';
import type { OmittableField } from '../../chat.config.js';
import { membersOfObject } from '../../../openai/json-members.js';
import { CompletionsEndpoint } from './completions-endpoint.js';

const never = new AbortController().signal;

/** How services say that they do without a field. */
const REFUSALS: [service: string, status: number, body: (field: string) => unknown][] = [
  [
    'OpenAI',
    400,
    (param) => ({
      error: {
        message: `Unsupported parameter: '${param}' is not supported with this model.`,
        type: 'invalid_request_error',
        param,
        code: 'unsupported_parameter',
      },
    }),
  ],
  [
    'OpenAI, of a value',
    400,
    (param) => ({
      error: {
        message: `Unsupported value: '${param}' does not support 0.2 with this model.`,
        param,
        code: 'unsupported_value',
      },
    }),
  ],
  [
    'Azure',
    400,
    (field) => ({
      error: { message: `Unrecognized request argument supplied: ${field}`, param: null, code: null },
    }),
  ],
  [
    'Mistral',
    422,
    (field) => ({
      detail: [{ type: 'extra_forbidden', loc: ['body', field], msg: 'Extra inputs are not permitted' }],
    }),
  ],
  [
    'vLLM',
    400,
    (field) => ({
      object: 'error',
      message: `[{'type': 'extra_forbidden', 'loc': ('body', '${field}'), 'msg': 'Extra inputs are not permitted'}]`,
      code: 400,
    }),
  ],
  ['Groq', 400, (field) => ({ error: { message: `property '${field}' is unsupported` } })],
  [
    'LiteLLM',
    400,
    (field) => ({
      error: {
        message: `litellm.UnsupportedParamsError: gpt-5 models don't support ${field}=0.2.`,
        param: null,
        code: '400',
      },
    }),
  ],
  [
    'Google',
    400,
    (field) => [{ error: { code: 400, message: `Unknown name "${field}": Cannot find field.` } }],
  ],
  ['a text', 400, (field) => `unknown field ${field}`],
];

describe(CompletionsEndpoint.name, () => {
  let upstream: FakeOpenAiChat;
  let sut: CompletionsEndpoint;

  function endpoint(omitFields: OmittableField[] = []): CompletionsEndpoint {
    return new CompletionsEndpoint({
      openai: endpointAt(upstream.url),
      omitFields,
      wholeTimeoutMs: 5_000,
      maxEventBytes: 1_000_000,
      maxWholeBytes: 1_000_000,
    });
  }

  beforeEach(async () => {
    upstream = await startFakeOpenAiChat();
    sut = endpoint();
  });

  afterEach(() => upstream.close());

  /** Answers unless the request has one of these fields. */
  function refuseFields(
    fields: readonly string[],
    status = 400,
    say: (field: string) => unknown = REFUSALS[0]![2],
  ): void {
    upstream.script = (exchange) => {
      const refused = fields.find((field) => field in exchange.body);
      if (refused === undefined) return answer('Hi')(exchange);
      const said = say(refused);
      return exchange.response.writeHead(status).end(typeof said === 'string' ? said : JSON.stringify(said));
    };
  }

  async function ask(fields: object = {}): Promise<number> {
    const response = await sut.post(membersOfObject({ model: 'm', messages: [], ...fields }), true, never);
    (response.body as unknown as { destroy(): void }).destroy();
    return response.status;
  }

  const lastBody = (): Record<string, unknown> => upstream.exchanges.at(-1)!.body;

  it.each(REFUSALS)(
    'does without what %s refuses, and asks no second time with it',
    async (_name, status, say) => {
      refuseFields(['temperature'], status, say);

      expect(await ask({ temperature: 0.2, top_p: 0.5 })).toBe(200);
      expect(lastBody()).toEqual({ model: 'm', messages: [], top_p: 0.5 });
      expect(await ask({ temperature: 0.3 })).toBe(200);
      expect(upstream.exchanges).toHaveLength(3);
    },
  );

  it('understands the camel case of xAI', async () => {
    refuseFields(['presence_penalty'], 400, () => ({
      code: 'Client specified an invalid argument',
      error: 'Model grok does not support parameter presencePenalty.',
    }));

    expect(await ask({ presence_penalty: 1, frequency_penalty: 1 })).toBe(200);
    expect(lastBody()).toEqual({ model: 'm', messages: [], frequency_penalty: 1 });
  });

  it('does without several fields, each of which is refused in its turn', async () => {
    refuseFields([
      'max_tokens',
      'temperature',
      'top_p',
      'presence_penalty',
      'frequency_penalty',
      'stream_options',
    ]);
    const fields = {
      max_tokens: 9,
      temperature: 1,
      top_p: 1,
      presence_penalty: 1,
      frequency_penalty: 1,
      stream_options: {},
    };

    expect(await ask(fields)).toBe(200);
    expect(lastBody()).toEqual({ model: 'm', messages: [], max_completion_tokens: 9 });
    await ask(fields);
    expect(upstream.exchanges).toHaveLength(8);
  });

  it.each([
    ['max_tokens', 'max_completion_tokens'],
    ['max_completion_tokens', 'max_tokens'],
  ])('gives the limit its other name when %s is refused', async (refused, other) => {
    refuseFields([refused]);
    await ask({ [refused]: 9 });

    expect(lastBody()).toEqual({ model: 'm', messages: [], [other]: 9 });
  });

  it('drops no limit: who refuses both names is not asked without', async () => {
    refuseFields(['max_tokens', 'max_completion_tokens']);

    await expect(ask({ max_tokens: 9 })).rejects.toMatchObject({ code: 'provider_rejected' });
    expect(upstream.exchanges).toHaveLength(2);
  });

  it('learns for each model by itself', async () => {
    upstream.script = (exchange) =>
      exchange.body['model'] === 'strict' && 'temperature' in exchange.body
        ? exchange.response.writeHead(400).end(JSON.stringify(REFUSALS[0]![2]('temperature')))
        : answer('Hi')(exchange);
    await ask({ model: 'strict', temperature: 1 });
    await ask({ model: 'free', temperature: 1 });

    expect(lastBody()).toMatchObject({ model: 'free', temperature: 1 });
  });

  it.each<[string, number, object]>([
    [
      'a value out of its range',
      400,
      { param: 'temperature', code: 'decimal_above_max_value', message: '2 at most' },
    ],
    ['a field that it cannot do without', 400, { param: 'tools', code: 'unsupported_parameter' }],
    [
      'a place in a message',
      400,
      { param: 'messages[0].role', code: 'unsupported_value', message: 'temperature' },
    ],
    [
      'a limit that is too high',
      400,
      { param: 'max_tokens', message: 'This model supports at most 10 tokens' },
    ],
    ['another status', 403, { param: 'temperature', code: 'unsupported_parameter' }],
    ['a field that was not sent', 400, { param: 'top_p', code: 'unsupported_parameter' }],
  ])('does not swallow a refusal of %s', async (_what, status, error) => {
    upstream.script = ({ response }) => response.writeHead(status).end(JSON.stringify({ error }));

    await expect(ask({ temperature: 1, max_tokens: 9, tools: [] })).rejects.toMatchObject({
      code: status === 400 ? 'provider_rejected' : 'provider_auth',
    });
    expect(upstream.exchanges).toHaveLength(1);
  });

  it('keeps nothing that did not help: a caller may have put the words into the mouth of the service', async () => {
    upstream.script = ({ response }) =>
      response.writeHead(400).end('{"error":{"message":"not supported: temperature, he says"}}');
    await expect(ask({ temperature: 1 })).rejects.toMatchObject({ code: 'provider_rejected' });
    upstream.script = answer('Hi');
    await ask({ temperature: 1 });

    expect(lastBody()).toMatchObject({ temperature: 1 });
  });

  it('does without what the configuration names, from the first request on', async () => {
    sut = endpoint(['stream_options', 'max_tokens', 'temperature']);
    refuseFields(['stream_options', 'max_tokens', 'temperature']);
    await ask({ stream_options: {}, max_tokens: 9, temperature: 1 });

    expect(upstream.exchanges).toHaveLength(1);
    expect(lastBody()).toEqual({ model: 'm', messages: [], max_completion_tokens: 9 });
  });

  it('sends no authorisation to a service without a key', async () => {
    await ask();

    expect(upstream.exchanges[0]!.request.headers.authorization).toBeUndefined();
  });
});
