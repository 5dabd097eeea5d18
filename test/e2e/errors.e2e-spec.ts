import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type RunningApp } from '../support/start-app.js';

/** By node:http, because fetch mends addresses. */
function askRaw(url: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    get({ hostname, port, path }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, body }));
    }).on('error', reject);
  });
}

describe('the one error shape', () => {
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp({
      FEATURES: 'tts',
      TTS_PROVIDER: 'fake',
      BODY_LIMIT_BYTES: '2048',
      BODY_MAX_VALUES: '1000',
    });
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

  it('says which header makes a body of bytes', async () => {
    const response = await fetch(`${running.url}/tts`, {
      method: 'POST',
      body: Buffer.from('{"input":"x"}'),
    });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { param: 'body', message: expect.stringContaining('Content-Type: application/json') },
    });
  });

  it('names a misspelt field rather than the one that is missing for it', async () => {
    expect(await (await post('{"text":"hello"}')).json()).toMatchObject({ error: { param: 'text' } });
  });

  it('bounds what it repeats of the name of a field', async () => {
    const response = await post(JSON.stringify({ ['x'.repeat(2_000)]: 1 }));

    expect((await response.text()).length).toBeLessThan(1_000);
  });

  it.each([
    ['arrays', '{"input":' + '['.repeat(900) + ']'.repeat(900) + '}'],
    ['objects', '{"a":'.repeat(300) + '1' + '}'.repeat(300)],
    ['a field that no schema knows', '{"input":"x","__proto__":' + '['.repeat(900) + ']'.repeat(900) + '}'],
  ])('refuses deeply nested %s', async (_what, body) => {
    const response = await post(body);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 'bad_request', param: 'body', message: expect.stringContaining('at most 64 levels') },
    });
  });

  it('refuses a body of more values than are worth judging', async () => {
    const response = await post(`{"input":[${'1,'.repeat(1_001)}1]}`);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 'bad_request', param: 'body', message: expect.stringContaining('at most 1000') },
    });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'takes %s for a field like any other unknown one',
    async (name) => {
      const response = await post(`{"input":"x","${name}":{"a":1}}`);

      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { param: name } });
    },
  );

  it.each([
    ['PUT', '/tts', 'GET, HEAD, POST'],
    ['DELETE', '/tts?input=x', 'GET, HEAD, POST'],
    ['POST', '/health/live', 'GET, HEAD'],
    ['POST', '/tts/clips/unknown', 'GET, HEAD'],
  ])('answers %s %s with the methods that are allowed there', async (method, path, allow) => {
    const response = await fetch(running.url + path, { method });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(await response.json()).toMatchObject({
      error: { code: 'method_not_allowed', type: 'invalid_request_error' },
    });
  });

  it.each([
    '/%00',
    '/%zz',
    '/tts/clips/%zz',
    '/tts/clips/%E0%A4%A',
    '/samples/%',
    '/samples/..%2f..%2f.env',
    '/%c0%ae',
  ])('refuses the address %s', async (path) => {
    const { status, body } = await askRaw(running.url, path);

    expect([400, 404]).toContain(status);
    expect(JSON.parse(body)).toMatchObject({
      error: { code: expect.stringMatching(/^(bad_request|not_found)$/) },
    });
  });

  describe('for parts of files', () => {
    const file = '/samples/hello-world.wav';

    it.each([
      ['an unsatisfiable range', { range: 'bytes=99999999-' }, 416, 'range_not_satisfiable', 'bytes */N'],
      ['another version of the file', { 'if-match': '"other"' }, 412, 'precondition_failed', undefined],
    ])('tells of %s', async (_what, headers, status, code, range) => {
      const response = await fetch(running.url + file, { headers });

      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toMatch(/json/);
      expect(response.headers.get('etag')).not.toMatch(/^W\/"[0-9a-f]+-[0-9a-f]{11}"$/);
      expect(await response.json()).toMatchObject({ error: { code } });
      expect(response.headers.get('content-range')?.replace(/\d+$/, 'N')).toBe(range);
    });

    it.each([
      'bytes=0-1',
      'bytes=-1',
      'bytes=5-1',
      'bytes=0-1,3-4',
      'bytes=a-b',
      'chapters=1-2',
      'bytes=',
      '',
      'bytes=0-0,-1',
    ])('answers the range %p without a fault', async (range) => {
      for (const method of ['GET', 'HEAD']) {
        const response = await fetch(running.url + file, { method, headers: { range, 'if-range': '"x"' } });
        await response.arrayBuffer();
        const plain = await fetch(running.url + file, { method, headers: { range } });
        await plain.arrayBuffer();

        expect(response.status).toBe(200);
        expect([200, 206, 416]).toContain(plain.status);
      }
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
