import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { CompletionEvent } from './completion-events.js';
import { relayCompletion } from './relay-completion.js';

async function* reads(...events: CompletionEvent[]): AsyncGenerator<readonly CompletionEvent[]> {
  yield events;
}

async function textOf(...data: string[]): Promise<string> {
  let text = '';
  const events = data.map((each) => ({ name: undefined, data: each }));
  for await (const bytes of relayCompletion(reads(...events))) text += Buffer.from(bytes).toString();
  return text;
}

describe(relayCompletion.name, () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each([
    '{"choices":[{"delta":{"content":"a"},"finish_reason":null}]}',
    '{"choices": [{"delta": {"content": "a"}, "finish_reason": null}]}',
    '{"choices":[{"delta":{"content":"a"}}]}',
    String.raw`{"choices":[{"delta":{"content":"{\"error\":1,\"finish_reason\":\"error\"}"},"finish_reason":null}]}`,
  ])('passes %s on without parsing it', async (chunk) => {
    const parse = jest.spyOn(JSON, 'parse');
    const text = await textOf(...Array.from({ length: 50 }, () => chunk));

    expect(parse).not.toHaveBeenCalled();
    expect(text).toBe(`${`data: ${chunk}\n\n`.repeat(50)}data: [DONE]\n\n`);
  });

  it('parses what ends an answer once', async () => {
    const parse = jest.spyOn(JSON, 'parse');
    await textOf('{"choices":[{"delta":{},"finish_reason":"stop"}]}');

    expect(parse).toHaveBeenCalledTimes(1);
  });

  it.each([
    '{"choices":[{"finish_reason":"error"}]}',
    '{"choices":[null,{"index":1,"finish_reason":"abort"}]}',
    '{"error":{},"choices":[]}',
    '{"choices":',
    '[]',
  ])('fails at %s', async (data) => {
    await expect(textOf('{"choices":[]}', data)).rejects.toMatchObject({ code: 'provider_failed' });
  });

  it('takes no [DONE] alone for an answer', async () => {
    await expect(textOf()).rejects.toMatchObject({ code: 'provider_failed' });
  });
});
