import * as fc from 'fast-check';

/** Bytes that go out on a line of their own, and what may come back, for one kind of wire. */
export type WireMessage =
  | { kind: 'http'; bytes: Buffer }
  | {
      kind: 'socket' | 'worker';
      frames: (string | Buffer)[];
      /** The first frame asks to be let in, and the others wait for the answer: else they only ever meet the door. */
      isPatient: boolean;
    };

/** What each wire of the server takes: paths of its routes, names of its events. */
export interface Wires {
  routes: readonly { method: string; path: string }[];
  events: readonly string[];
  /** Sent with every second request and handshake, so that more than the door is tried. */
  key: string;
}

const anyText = fc.string({ unit: 'binary', maxLength: 200 });
const oftenPatient = fc.integer({ min: 0, max: 4 }).map((roll) => roll > 0);
const anyBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

/** JSON whose fields often have the names that the server reads, with values that nobody expects. */
const NAMES = [
  'input',
  'text',
  'voice',
  'model',
  'messages',
  'role',
  'content',
  'stream',
  'v',
  'seq',
  'language',
  'format',
  'codec',
  'resume',
  'token',
  'sessionId',
  'requestId',
  'maxTokens',
  'temperature',
  'variables',
  'pace',
  'speed',
  'response_format',
  '__proto__',
  'constructor',
  'toString',
  'ttlSeconds',
  'scopes',
  'bind',
  'limits',
  'type',
  'epoch',
  'start',
  'samples',
];
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      anyText,
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom('en', 'mp3', 'user', 1, 'auto'),
    ),
    fc.array(tie('json'), { maxLength: 5 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...NAMES), anyText), tie('json'), { maxKeys: 6 }),
  ),
}));
const jsonText = fc.oneof(
  { weight: 4, arbitrary: json.map((value) => JSON.stringify(value) ?? 'undefined') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '{',
      '[1',
      '{"a":}',
      '"',
      'NaN',
      '{"__proto__":{"a":1}}',
      '['.repeat(500),
      '{"a":1}}',
    ),
  },
  { weight: 1, arbitrary: anyText },
);

/** A request whose every part may be wrong: method, target, headers, framing, body. */
function httpMessage({ routes, key }: Wires): fc.Arbitrary<WireMessage> {
  const path = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...routes.map((route) => route.path)) },
    { weight: 1, arbitrary: anyText.map((text) => `/${encodeURIComponent(text)}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '/%',
        '/%00',
        '/..%2f..%2fetc/passwd',
        '//',
        '*',
        '/samples/..%5c',
        '/socket.io/?EIO=9',
        '/docs/%ff',
        'http://[',
      ),
    },
  );
  const query = fc.oneof(
    { weight: 2, arbitrary: fc.constant('') },
    {
      weight: 3,
      arbitrary: fc
        .array(fc.tuple(fc.constantFrom(...NAMES, 'pace', 'token', 'from', 'to', 'limit'), anyText), {
          maxLength: 4,
        })
        .map((pairs) => `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '?input=%',
        '?input[a]=1',
        '?input=a&input=b',
        '?__proto__[x]=1',
        `?input=${'a'.repeat(3_000)}`,
      ),
    },
  );
  const header = fc.oneof(
    fc.constantFrom(
      'Expect: 100-continue',
      'Expect: nothing',
      'Range: bytes=9-1',
      'Range: bytes=-0',
      'Last-Event-ID: run_x:-1',
      'Accept: */json',
      'Accept-Encoding: gzip',
      'Content-Encoding: gzip',
      'Content-Encoding: br',
      'Transfer-Encoding: gzip, chunked',
      'Upgrade: h2c',
      'Origin: null',
      'Origin: http://evil.example',
      'X-Request-Id: \x7f',
      'Content-Type: application/json; charset=utf-99',
      'Content-Type: multipart/form-data',
      'Content-Type: text/plain',
      'Cookie: a',
      'Forwarded: for=1',
      'If-None-Match: *',
      'Authorization: Basic x',
    ),
    fc
      .tuple(
        fc.constantFrom('X-A', 'Accept', 'Host', 'If-Match', 'Authorization', 'Content-Length'),
        fc.string({ maxLength: 40 }),
      )
      .map(([name, value]) => `${name}: ${value.replaceAll(/[\r\n]/g, ' ')}`),
  );
  return fc
    .record({
      method: fc.oneof(
        {
          weight: 6,
          arbitrary: fc.constantFrom('GET', 'POST', 'POST', 'POST', 'DELETE', 'PUT', 'HEAD', 'OPTIONS'),
        },
        { weight: 1, arbitrary: fc.constantFrom('BREW', 'get', 'CONNECT', 'TRACE', '') },
      ),
      path,
      query,
      headers: fc.array(header, { maxLength: 3 }),
      body: fc.oneof(
        { weight: 4, arbitrary: jsonText.map((text) => Buffer.from(text)) },
        { weight: 1, arbitrary: anyBytes },
        { weight: 2, arbitrary: fc.constant(Buffer.alloc(0)) },
      ),
      framing: fc.oneof(
        { weight: 6, arbitrary: fc.constant('length' as const) },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            'chunked' as const,
            'none' as const,
            'long' as const,
            'bad chunk' as const,
          ),
        },
      ),
      version: fc.oneof(
        { weight: 9, arbitrary: fc.constant('1.1') },
        { weight: 1, arbitrary: fc.constantFrom('1.0', '2.0', '0.9', 'x') },
      ),
      hasKey: fc.integer({ min: 0, max: 4 }).map((roll) => roll > 0),
    })
    .map(({ method, path: target, query: asked, headers, body, framing, version, hasKey }) => {
      const lines = [
        `${method} ${target}${asked} HTTP/${version}`,
        'Host: 127.0.0.1',
        'Connection: close',
        ...headers,
      ];
      if (hasKey) lines.push(`Authorization: Bearer ${key}`);
      if (body.length > 0 && !headers.some((line) => line.startsWith('Content-Type')))
        lines.push('Content-Type: application/json');
      let sent = body;
      if (framing === 'length' && body.length > 0) lines.push(`Content-Length: ${body.length}`);
      if (framing === 'long') lines.push(`Content-Length: ${body.length + 10}`);
      if (framing === 'chunked' || framing === 'bad chunk') lines.push('Transfer-Encoding: chunked');
      if (framing === 'chunked')
        sent = Buffer.concat([
          Buffer.from(`${body.length.toString(16)}\r\n`),
          body,
          Buffer.from('\r\n0\r\n\r\n'),
        ]);
      return {
        kind: 'http' as const,
        bytes: Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), sent]),
      };
    });
}

/** Frames of Engine.IO and Socket.io: packets of every type, real events with wrong payloads, binary without its packet. */
function socketMessage({ events, key }: Wires): fc.Arbitrary<WireMessage> {
  const event = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...events) },
    {
      weight: 1,
      arbitrary: fc.oneof(anyText, fc.constantFrom('connect', 'disconnect', 'error', '__proto__')),
    },
  );
  const packet = fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(event, fc.array(json, { maxLength: 3 }), fc.integer({ min: 0, max: 99 }))
        .map(([name, args, id]) => `42${id}${JSON.stringify([name, ...args])}`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(event, json)
        .map(([name, value]) => `451-${JSON.stringify([name, value, { _placeholder: true, num: 0 }])}`),
    },
    { weight: 1, arbitrary: anyBytes },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }), anyText)
        .map(([engine, socket, rest]) => `${engine}${socket}${rest}`),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '42',
        '42[',
        '42["audio"]',
        '459999999-["audio"]',
        '45-1-[]',
        '42/other,["x"]',
        '41',
        '43[]',
        '44',
        '6',
        '2probe',
        '1',
        '',
        '42["audio",{"_placeholder":true,"num":9}]',
      ),
    },
  );
  return fc
    .record({
      handshake: fc.oneof(
        { weight: 6, arbitrary: fc.constant(`40${JSON.stringify({ token: key })}`) },
        {
          weight: 1,
          arbitrary: fc.oneof(
            json.map((value) => `40${JSON.stringify(value)}`),
            fc.constant('40{"token":'),
            packet,
          ),
        },
      ),
      packets: fc.array(packet, { maxLength: 6 }),
      isPatient: oftenPatient,
    })
    .map(({ handshake, packets, isPatient }) => ({
      kind: 'socket' as const,
      frames: [handshake, ...packets],
      isPatient,
    }));
}

/** Frames to the worker's WebSocket: its messages with wrong fields, PCM of odd lengths, words before the greeting. */
function workerMessage(): fc.Arbitrary<WireMessage> {
  const hello = fc.record({
    type: fc.constant('hello'),
    v: fc.constantFrom(1, 1, 1, 2, '1'),
    token: fc.constantFrom('', 'x'),
    sessionId: fc.oneof(fc.constant('fuzz'), anyText),
    epoch: fc.constantFrom(0, -1, 1e99),
    start: fc.constantFrom(0, -5, 0.5),
  });
  const frame = fc.oneof(
    anyBytes,
    fc
      .tuple(
        fc.constantFrom('audio', 'end', 'hello', 'stall', 'commit', 'ready', 'x'),
        fc.dictionary(fc.constantFrom(...NAMES), json, { maxKeys: 4 }),
      )
      .map(([type, fields]) => JSON.stringify({ ...fields, type })),
    jsonText,
  );
  return fc
    .record({
      first: fc.oneof(
        { weight: 3, arbitrary: hello.map((value) => JSON.stringify(value)) },
        { weight: 1, arbitrary: frame },
      ),
      frames: fc.array(frame, { maxLength: 5 }),
      isPatient: oftenPatient,
    })
    .map(({ first, frames, isPatient }) => ({
      kind: 'worker' as const,
      frames: [first, ...frames],
      isPatient,
    }));
}

/** So many malformed messages for all wires; the same ones for the same seed. */
export function* malformedMessages(wires: Wires, seed: number, count: number): Generator<WireMessage> {
  const arbitrary = fc.oneof(
    { weight: 5, arbitrary: httpMessage(wires) },
    { weight: 3, arbitrary: socketMessage(wires) },
    { weight: 2, arbitrary: workerMessage() },
  );
  /** Made in batches: a sample is a list. */
  const BATCH = 500;
  for (let at = 0; at < count; at += BATCH)
    yield* fc.sample(arbitrary, { seed: seed + at, numRuns: Math.min(BATCH, count - at) });
}
