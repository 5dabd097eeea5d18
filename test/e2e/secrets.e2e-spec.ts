import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { io } from 'socket.io-client';
import { startProduct, type RunningProcess } from '../../scripts/start-product.js';
import { variablesOf } from '../../src/config/read-slices.js';
import { Secret } from '../../src/config/secret.js';
import { GATEWAY_SLICES } from '../../src/configuration.js';
import { RawHttp } from '../support/raw-http.js';
import { sample } from '../support/samples.js';
import { CaptionClient } from '../support/socket-client.js';
import { postJson } from '../support/sse-client.js';
import { TellingProvider, WAYS_TO_TELL } from '../support/telling-provider.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

const VARIABLES = variablesOf(GATEWAY_SLICES);
/** Long enough for every rule on the length of a secret. */
const canary = (name: string): string =>
  `sk-canary-${name.toLowerCase().replaceAll('_', '-')}-${'0123456789abcdef'.repeat(2)}`;

/** Variables whose values are secrets by their type. */
const SECRETS = Object.entries(VARIABLES)
  .filter(([name, schema]) => schema.safeParse(canary(name)).data instanceof Secret)
  .map(([name]) => name);
/** Those that hold secrets in another form, and how one is written there. */
const OTHERS: Record<string, (secret: string) => string> = {
  API_KEYS: (secret) => `acme:${hashOf(secret)}`,
  AUTH_TOKEN_SECRETS: (secret) => `k1:${secret}`,
};
/** Named as if they held one. */
const HARMLESS = new Set(['TLS_KEY']);

/** What callers send, and what must not be written down anywhere. */
const CALLER_KEY = canary('API_KEYS');
const WRONG_KEY = 'canary-of-a-wrong-key';
const WORDS = 'canarywordsofaperson';

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** One server with all features, whose secrets are known here, and whose provider tells everything that it was sent. */
describe('secrets', () => {
  let provider: TellingProvider;
  let running: RunningProcess;
  let folder: TemporaryFolder;
  /** One that is good, made by the caller's key. */
  let token: string;
  /** All that came out, by what it answered. */
  const heard: { asked: string; answer: string; isError: boolean }[] = [];

  const planted = new Map<string, string>();
  for (const name of SECRETS) planted.set(name, canary(name));
  for (const name of Object.keys(OTHERS)) if (name in VARIABLES) planted.set(name, canary(name));

  beforeAll(async () => {
    provider = await TellingProvider.start();
    folder = await temporaryFolder();
    const secrets = [...planted].map(([name, secret]) => [name, OTHERS[name]?.(secret) ?? secret]);
    running = await startProduct(
      {
        ...(Object.fromEntries(secrets) as NodeJS.ProcessEnv),
        LOG_LEVEL: 'trace',
        AUTH_REVOKED_TOKENS_DIR: folder.path,
        PROFILE: 'standard',
        TTS_PROVIDER: 'openai',
        TTS_BASE_URL: provider.url,
        CHAT_PROVIDER: 'openai',
        CHAT_BASE_URL: provider.url,
        OPENAI_BASE_URL: provider.url,
        OPENAI_MAX_RETRIES: '0',
        WHISPER_ENGINE: 'openai',
        WHISPER_MODEL: 'whisper-1',
        WHISPER_OPENAI_BASE_URL: provider.url,
      },
      'nothing is starting',
    );
    for (const way of WAYS_TO_TELL) {
      provider.way = way;
      await askEverything();
    }
    provider.way = 'refuses: 401';
    await askWrongly();
    await askOverSockets();
    await askWithTokens();
    await ask('/metrics', { headers: { Authorization: `Bearer ${CALLER_KEY}` } });
    await running.stop();
  });

  afterAll(async () => {
    await running.stop();
    await provider.close();
    await folder.remove();
  });

  async function ask(path: string, init: RequestInit = {}): Promise<void> {
    const answer = await fetch(`${running.url}${path}`, init);
    // A body that was cut is an outcome too.
    const body = await answer.text().catch(() => '(cut)');
    const headers = JSON.stringify([...answer.headers]);
    heard.push({ asked: path, answer: `${answer.status} ${headers}\n${body}`, isError: !answer.ok });
  }

  const key = { Authorization: `Bearer ${CALLER_KEY}` };
  const json = (body: unknown, headers: Record<string, string> = key): RequestInit => postJson(body, headers);

  /** Every route that calls a provider, and those that say how the server is. */
  async function askEverything(): Promise<void> {
    const messages = [{ role: 'user', content: WORDS }];
    await ask('/tts', json({ input: WORDS }));
    await ask(`/tts?input=${WORDS}`, { headers: key });
    await ask('/tts/voices', { headers: key });
    await ask('/tts/clips', json({ input: WORDS }));
    await ask('/v1/audio/speech', json({ model: 'tts-1', voice: 'alloy', input: WORDS }));
    await ask(
      '/v1/audio/speech',
      json({ model: 'tts-1', voice: 'alloy', input: WORDS, stream_format: 'sse' }),
    );
    await ask('/chat', json({ messages }));
    await ask('/chat', json({ messages }, { ...key, Accept: 'application/json' }));
    await ask(`/chat?text=${WORDS}`, { headers: { ...key, Accept: 'text/event-stream' } });
    await ask('/v1/chat/completions', json({ model: 'gpt-4o', messages, stream: true }));
    await ask('/v1/chat/completions', json({ model: 'gpt-4o', messages }));
    for (const path of [
      '/v1/models',
      '/transcription/sessions',
      '/transcription/models',
      '/health/ready',
      '/metrics',
      '/openapi.json',
      '/asyncapi.json',
      '/chat/templates',
      '/',
    ])
      await ask(path, { headers: key });
  }

  /** Requests that are refused for what they are, with secrets where a client might put them. */
  async function askWrongly(): Promise<void> {
    const wrong = { Authorization: `Bearer ${WRONG_KEY}` };
    await ask('/chat', json({ text: 'hi' }, wrong));
    await ask('/chat', json({ text: 'hi' }, { 'X-Api-Key': WRONG_KEY }));
    for (const name of ['token', 'key', 'api_key', 'access_token'])
      for (const path of ['/tts', '/chat', '/v1/models', '/nowhere', '/tts/clips/x'])
        await ask(`${path}?${name}=${WRONG_KEY}&input=hi&text=hi`);
    await ask('/tts/clips/some.mp3?signature=' + WRONG_KEY);
    await ask('/chat', { ...json(`{"text":"${WORDS}`) });
    await ask('/chat', json({ text: { [WORDS]: WORDS }, temperature: WORDS }));
    await ask('/tts', json({ input: WORDS, voice: { id: WORDS }, speed: WORDS }));
    await ask('/chat', json({ text: WORDS }, { ...key, 'Content-Type': 'text/xml' }));
    await ask('/tts', { method: 'PUT', headers: { ...key, Referer: `http://other.example/${WORDS}` } });
    await ask('/chat?text=hi', {
      headers: {
        ...key,
        Origin: 'http://other.example',
        Referer: `http://other.example/?token=${WRONG_KEY}`,
      },
    });
  }

  async function askOverSockets(): Promise<void> {
    const stranger = io(running.url, {
      transports: ['websocket'],
      reconnection: false,
      auth: { token: WRONG_KEY },
      query: { token: WRONG_KEY },
    });
    await new Promise<void>((resolve) => {
      stranger.on('connect_error', (error) => {
        heard.push({
          asked: 'a handshake',
          answer: `${error.message} ${JSON.stringify(error)}`,
          isError: true,
        });
        resolve();
      });
    });
    stranger.close();
    const client = new CaptionClient(running.url, { auth: { token: CALLER_KEY } });
    client.socket.onAny((event: string, ...args: unknown[]) => {
      heard.push({ asked: event, answer: JSON.stringify(args), isError: event.includes('rror') });
    });
    await client.connected();
    for (const [event, payload] of [
      ['session:start', { v: 1, language: WORDS }],
      ['session:start', { v: 1, resume: { sessionId: 'x', token: WRONG_KEY } }],
      ['nlProcessing', { unProcessedText: [[WORDS, 'comment', '']] }],
      ['audio', { seq: WORDS }],
    ] as const)
      heard.push({
        asked: event,
        answer: JSON.stringify(await client.ask(event, payload).catch(String)),
        isError: true,
      });
    await client.start();
    const calls = provider.keys.length;
    await client.audio(sample('hello-world.wav'));
    void client.ask('session:end', {});
    // The worker asks the provider, which tells it the worker's key.
    await waitFor(
      () => provider.keys.slice(calls).some((each) => each?.includes(canary('WHISPER_OPENAI_API_KEY'))),
      'a call of the worker',
    );
    await waitFor(
      () => heard.some(({ asked }) => asked === 'session:error' || asked === 'session:done'),
      'the end of the session',
    );
    client.close();
  }

  /** A good token, wherever an address or a handshake can hold one, and however it is refused there. */
  async function askWithTokens(): Promise<void> {
    const body = { scopes: ['tts', 'chat', 'transcription'], ttlSeconds: 600 };
    const minted = await fetch(`${running.url}/auth/tokens`, json(body));
    ({ token } = (await minted.json()) as { token: string });
    for (const path of ['/tts?input=hi&', '/chat?text=hi&', '/tts/clips/x?', '/chat/runs/x/events?'])
      await ask(`${path}token=${token}`);
    for (const path of ['/nowhere', '/v1/models', '/metrics', '/docs', '/samples/none.wav', '/health/ready'])
      await ask(`${path}?token=${token}`);
    await ask(`/chat?text=hi&token=${token}&token=${token}`);
    await ask(`/chat?text=hi&%74oken=${token}`);
    await ask(`/chat?text=hi&token=${token}`, { headers: key });
    await ask(`/chat?text=hi&token=${token}`, { method: 'PUT' });
    await ask(`/chat?text=hi&token=${token}`, {
      headers: { Origin: 'http://other.example', Referer: `http://other.example/?token=${token}` },
    });
    const polling = `/socket.io/?EIO=4&transport=polling&token=${token}`;
    await ask(polling);
    await ask(`${polling}&sid=nobody`, { method: 'POST', body: '40' });
    await ask(polling, { headers: { Origin: 'http://other.example' } });
    await ask(`/socket.io/none.js?token=${token}`);
    for (const path of ['/socket.io/?EIO=4&transport=websocket', '/nowhere?x=y', '/v1/realtime?model=any'])
      for (const headers of [
        [`Origin: http://other.example`],
        [`Sec-WebSocket-Protocol: parley-token.${token}`],
        [`Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.${token}`, 'Origin: null'],
        Array.from({ length: 300 }, (_, count) => `X-${count}: 1`),
      ])
        await upgrade(`${path}&token=${token}`, headers);
    await say(`GET /tts?token=${token} HTTP/9.9`, `Host: x`, '', '');
    await say(`GET /tts?token=${token} HTTP/1.1`, 'Host: x', `Bad Header: ${token}`, '', '');
  }

  async function upgrade(path: string, headers: readonly string[]): Promise<void> {
    await say(
      `GET ${path} HTTP/1.1`,
      `Host: ${new URL(running.url).host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
      '',
      '',
    );
  }

  async function say(...lines: string[]): Promise<void> {
    const peer = await RawHttp.open(running.url);
    peer.send(...lines);
    await peer.hears(/^HTTP\/1.1 \d+ /);
    peer.socket.end();
    const answer = await peer.closed;
    heard.push({ asked: `by hand: ${lines[0]!.split('?')[0]}`, answer, isError: !answer.includes(' 101 ') });
  }

  const leaks = (secrets: Iterable<string>, texts: readonly { asked: string; answer: string }[]): string[] =>
    [...secrets].flatMap((secret) =>
      texts
        .filter(({ answer }) => answer.includes(secret))
        .map(({ asked, answer }) => `${secret} in ${asked}: ${lineWith(secret, answer)}`),
    );
  const lineWith = (secret: string, text: string): string =>
    text
      .split('\n')
      .find((line) => line.includes(secret))!
      .slice(0, 400);

  it('are planted in every variable that holds one, also in those to come', () => {
    const named = Object.keys(VARIABLES).filter((name) =>
      /(KEY|KEYS|SECRET|SECRETS|TOKEN|TOKENS|PASSWORD)$/.test(name),
    );

    expect(
      named.filter((name) => !planted.has(name) && !HARMLESS.has(name) && !/MAX|LIMIT|RATE/.test(name)),
    ).toEqual([]);
    expect(SECRETS).toEqual(expect.arrayContaining(['OPENAI_API_KEY', 'WHISPER_TOKEN', 'TTS_URL_SECRET']));
  });

  it('reach the providers that they are for, so that these could tell them', () => {
    for (const name of ['TTS_API_KEY', 'CHAT_API_KEY', 'WHISPER_OPENAI_API_KEY'])
      expect(provider.keys).toContain(`Bearer ${canary(name)}`);
    expect(heard.filter(({ isError }) => isError).length).toBeGreaterThan(80);
    expect(running.output()).toContain('Request failed');
    expect(running.output()).toMatch(/"level":20/);
  });

  it('come back in no answer, error, metric or event', () => {
    const hashes = [...planted.values()].map(hashOf);

    expect(leaks([...planted.values(), ...hashes, WRONG_KEY], heard)).toEqual([]);
  });

  it('are written to no line of the log, at its finest level', () => {
    const log = [{ asked: 'the log', answer: running.output() }];

    expect(leaks([...planted.values(), ...[...planted.values()].map(hashOf), WRONG_KEY], log)).toEqual([]);
  });

  it('make no failure so unexpected that the log holds a stack', () => {
    expect(running.output()).toContain('"statusCode":502');
    expect(
      running
        .output()
        .split('\n')
        .filter((line) => line.includes('"stack":')),
    ).toEqual([]);
  });

  it('that callers put into addresses and subprotocols come back nowhere, and are not written down', () => {
    const [, , signature] = token.split('.');
    const log = { asked: 'the log', answer: running.output() };

    expect(heard.filter(({ asked }) => asked.includes('/v1/realtime')).length).toBeGreaterThan(3);
    expect(leaks([token, signature!], [...heard, log])).toEqual([]);
  });

  it('of a person, which are words, are in no line of the log, and not in what is counted', () => {
    const written = [
      { asked: 'the log', answer: running.output() },
      ...heard.filter(({ asked }) => /metrics|health/.test(asked)),
    ];

    expect(leaks([WORDS], written)).toEqual([]);
  });

  it('that a provider has told are in no error, words included', () => {
    const ofProviders = heard.filter(({ answer }) => /"code":"provider_/.test(answer));

    expect(ofProviders.length).toBeGreaterThan(50);
    expect(leaks([WORDS, 'Wrong: '], ofProviders)).toEqual([]);
  });

  describe('and the log', () => {
    interface Entry {
      level: number;
      msg: string;
      requestId?: string | null;
      context?: string;
    }
    const entries = (): Entry[] =>
      running
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Entry);
    const WARN = 40;

    it('names the request in every entry of a failure', () => {
      const failures = entries().filter(({ level, context }) => level >= WARN && context !== undefined);

      expect(failures.length).toBeGreaterThan(50);
      expect(failures.filter(({ requestId }) => typeof requestId !== 'string')).toEqual([]);
    });

    it('has one entry for a request that failed', () => {
      const failed = entries().filter(({ msg }) => msg.startsWith('Request failed'));
      const ids = failed.map(({ requestId }) => requestId);

      expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
    });
  });
});
