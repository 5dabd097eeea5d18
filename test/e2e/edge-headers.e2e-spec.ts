import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RawHttp } from '../support/raw-http.js';
import { startApp, type RunningApp } from '../support/start-app.js';

const CLOSED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What every answer says to browsers. */
const SECURE = {
  'content-security-policy': CLOSED,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

let sut: RunningApp;

beforeAll(async () => {
  sut = await startApp({ FEATURES: 'chat,tts', PROFILE: 'demo' });
});
afterAll(() => sut.close());

/** Every kind of answer, by whoever gives it: routes, filters, files, Nest, Express and Socket.io. */
const ANSWERS: [what: string, path: string, status: number, init?: RequestInit][] = [
  ['a route', '/health/live', 200],
  ['a stream', '/chat?text=Hi', 200],
  ['audio', '/tts?input=Hi', 200],
  ['a document', '/openapi.json', 200],
  ['nothing', '/nothing', 404],
  ['an address that cannot be decoded', '/%E0%A4%A', 400],
  ['a method that does nothing', '/health/live', 405, { method: 'DELETE' }],
  ['a bad field', '/chat', 400, json({ text: 1 })],
  ['a body that is no JSON', '/chat', 400, { ...json({}), body: '{' }],
  ['a body in an unknown encoding', '/chat', 415, json({}, { 'Content-Encoding': 'compress' })],
  ['a foreign page', '/chat', 403, json({ text: 'Hi' }, { Origin: 'https://evil.example' })],
  ['a preflight', '/chat', 204, preflight('http://localhost:5173')],
  ['a preflight of a foreign page', '/chat', 403, preflight('https://evil.example')],
  ['a proxy', '/health/ready', 403, { headers: { 'X-Forwarded-For': '203.0.113.9' } }],
  ['a script', '/console.js', 200],
  ['a clip', '/samples/close-the-window.wav', 200],
  ['a part of a clip', '/samples/close-the-window.wav', 206, { headers: { Range: 'bytes=0-9' } }],
  ['no part of a clip', '/samples/close-the-window.wav', 416, { headers: { Range: 'bytes=99999999-' } }],
  ['a folder', '/samples', 404],
  ["Socket.io's client", '/socket.io/socket.io.js', 200],
  ['a handshake by polling', '/socket.io/?EIO=4&transport=polling', 200],
  ['a handshake that is wrong', '/socket.io/?EIO=4&transport=pigeon', 400],
  [
    'a handshake of a foreign page',
    '/socket.io/?EIO=4&transport=polling',
    403,
    { headers: { Origin: 'https://evil.example' } },
  ],
];

describe('an answer', () => {
  it.each(ANSWERS)(
    'to %s lets a browser load, run and frame nothing',
    async (...[_what, path, status, init]) => {
      const response = await fetch(`${sut.url}${path}`, init);
      const { headers, status: given } = response;
      await response.arrayBuffer();

      expect(given).toBe(status);
      expect(Object.fromEntries(headers)).toMatchObject(SECURE);
      expect(headers.has('x-powered-by')).toBe(false);
      expect(headers.has('strict-transport-security')).toBe(false);
    },
  );

  it.each(['/', '/index.html', '/docs'])('that is the page %s may load its own files only', async (path) => {
    const response = await fetch(`${sut.url}${path}`);
    const { headers } = response;
    await response.arrayBuffer();
    const policy = headers.get('content-security-policy')!;
    const directives = new Map(policy.split('; ').map((each) => each.split(/ (.*)/) as [string, string]));

    expect(directives.get('default-src')).toBe("'none'");
    expect(directives.get('script-src')).toBe("'self'");
    expect(directives.get('connect-src')).toBe("'self'");
    expect(directives.get('frame-ancestors')).toBe("'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:|wss?:/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('an upgrade', () => {
  const PATH = '/socket.io/?EIO=4&transport=websocket';
  const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';

  async function upgrade(path: string, ...headers: string[]): Promise<RawHttp> {
    const line = await RawHttp.open(sut.url);
    const asked = [
      `GET ${path} HTTP/1.1`,
      `Host: ${new URL(sut.url).host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
    ];
    return line.send(...asked, 'Sec-WebSocket-Version: 13', ...headers, '', '');
  }

  it.each<[who: string, status: number, path: string, headers: string[]]>([
    ['our door', 403, PATH, [KEY, 'Origin: https://evil.example']],
    ['the edge', 431, PATH, [KEY, ...Array.from({ length: 100 }, (_, index) => `X-H${index}: 1`)]],
    ['Engine.IO', 400, '/socket.io/?EIO=4&transport=pigeon', [KEY]],
    ['ws', 400, PATH, ['Sec-WebSocket-Key: short']],
  ])(
    'that %s refuses with %i says to a browser what every answer does',
    async (...[_who, status, path, headers]) => {
      const line = await upgrade(path, ...headers);
      const [head = ''] = (await line.closed).split('\r\n\r\n', 1);
      const [first, ...lines] = head.split('\r\n');
      const fields = lines.map((line) => line.split(/: (.*)/s) as [string, string]);

      expect(first).toMatch(`HTTP/1.1 ${status} `);
      expect(Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value]))).toMatchObject({
        ...SECURE,
        connection: 'close',
      });
    },
  );

  it('that is granted is left as it is', async () => {
    const line = await upgrade(PATH, KEY);
    await line.hears(/"sid":/);
    line.socket.destroy();

    expect(line.heard).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\nUpgrade: websocket\r\n/);
    expect(line.heard).not.toMatch(/Content-Security-Policy/i);
  });
});

function json(body: object, headers: Record<string, string> = {}): RequestInit {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

function preflight(origin: string): RequestInit {
  return { method: 'OPTIONS', headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' } };
}
