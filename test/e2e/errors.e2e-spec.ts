import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type RunningApp } from '../support/start-app.js';

describe('the one error shape', () => {
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp({ FEATURES: 'tts', TTS_PROVIDER: 'fake', BODY_LIMIT_BYTES: '2048' });
  });

  afterAll(() => running.close());

  function post(body: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${running.url}/tts`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body,
    });
  }

  it.each<[string, string, number, object]>([
    [
      'malformed JSON',
      '{"input":',
      400,
      { code: 'bad_request', type: 'invalid_request_error', param: 'body' },
    ],
    ['JSON that is no object', '"hello"', 400, { code: 'bad_request', param: 'body' }],
    [
      'a body above the limit',
      JSON.stringify({ input: 'x'.repeat(3_000) }),
      413,
      { code: 'too_large', param: 'body' },
    ],
    ['a missing field', '{}', 400, { code: 'bad_request', param: 'input' }],
    ['a field of the wrong type', '{"input":7}', 400, { code: 'bad_request', param: 'input' }],
  ])('tells of %s', async (_what, body, status, error) => {
    const response = await post(body);

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      error: {
        code: expect.any(String),
        type: expect.any(String),
        message: expect.any(String),
        requestId: response.headers.get('x-request-id'),
        param: null,
        ...error,
      },
    });
  });

  it('tells of an unknown address', async () => {
    const response = await fetch(`${running.url}/nothing/here`);

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
  });

  it('repeats nothing of the body that failed', async () => {
    const response = await post('{"input": swordfish');

    expect(await response.text()).not.toContain('swordfish');
  });

  it("keeps a caller's request id", async () => {
    const response = await post('{}', { 'X-Request-Id': 'caller-chosen-1' });

    expect(await response.json()).toMatchObject({ error: { requestId: 'caller-chosen-1' } });
  });

  it('replaces a request id that could forge log lines', async () => {
    const response = await post('{}', { 'X-Request-Id': 'a b=c "quoted" 1' });

    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
