import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CallerWork } from '../../src/auth/caller-work.js';
import { hashOf } from '../../src/auth/keys/api-key.js';
import { KeyChanges } from '../../src/auth/keys/key-changes.js';
import { writeKeyFile, type KeyRecord } from '../../src/auth/keys/key-file.js';
import { ApiKeyVerifier } from '../../src/auth/api-key.verifier.js';
import { beginAnswer, stall, startFakeOpenAiChat, type FakeOpenAiChat } from '../support/fake-openai-chat.js';
import { FakeOpenAiSpeech, neverAnswers, stallsAfter } from '../support/fake-openai-speech.js';
import { askForToken, mintToken, revokeToken } from '../support/mint-token.js';
import { RawHttp } from '../support/raw-http.js';
import { CaptionClient } from '../support/socket-client.js';
import { openSse, postJson, type SseStream } from '../support/sse-client.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { headersOf, keyEntry } from '../support/tenant-keys.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

const AUDIO = Buffer.alloc(4_800, 1);

describe('the end of a token', () => {
  let chat: FakeOpenAiChat;
  let speech: FakeOpenAiSpeech;
  let sut: RunningApp;
  let token: string;
  const clients: CaptionClient[] = [];

  beforeAll(async () => {
    chat = await startFakeOpenAiChat();
    speech = await FakeOpenAiSpeech.start();
    sut = await startApp({
      FEATURES: 'tts,chat,transcription',
      WHISPER_ENGINE: 'fake',
      TTS_BASE_URL: speech.baseUrl,
      CHAT_BASE_URL: chat.url,
      OPENAI_MAX_RETRIES: '0',
      SHUTDOWN_GRACE_MS: '1000',
      API_KEYS: `${keyEntry('acme')},${keyEntry('globex')}`,
    });
  });

  beforeEach(async () => {
    token = await mint();
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  afterAll(async () => {
    await sut.close();
    await Promise.all([chat.close(), speech.close()]);
  });

  const mint = (input: object = {}): Promise<string> =>
    mintToken(sut.url, 'acme', { scopes: ['tts', 'chat', 'transcription'], ...input });
  const bearer = (): Record<string, string> => ({ Authorization: `Bearer ${token}` });

  async function socketWith(credential: string): Promise<CaptionClient> {
    const client = new CaptionClient(sut.url, { auth: { token: credential } });
    clients.push(client);
    await client.connected();
    return client;
  }

  /** Revokes the token, or the key that it was made with. */
  const WAYS: [string, () => unknown][] = [
    ['the token is revoked', () => revokeToken(sut.url, 'acme', token)],
    [
      'its key is revoked',
      () => sut.app.get(KeyChanges).announceRevoked(sut.app.get(ApiKeyVerifier).verify('key-of-acme').keyId),
    ],
  ];

  describe.each(WAYS)('when %s', (_how, revoke) => {
    it('ends a run, with the reason as its last event, and the call of the provider', async () => {
      chat.script = beginAnswer('Hello');
      const calls = chat.exchanges.length;
      const stream = await openSse(
        `${sut.url}/chat`,
        postJson({ text: 'hello', onDisconnect: 'continue' }, bearer()),
      );
      expect((await stream.next())?.event).toBe('run');
      await revoke();
      const last = (await stream.rest()).at(-1);

      expect(last).toMatchObject({ event: 'failed', data: { code: 'unauthorized', retryable: false } });
      await (
        await chat.exchange(calls)
      ).closed;
    });

    it("ends an answer of OpenAI's API in its own words", async () => {
      chat.script = beginAnswer('Hello');
      const response = await fetch(
        `${sut.url}/v1/chat/completions`,
        postJson({ messages: [{ role: 'user', content: 'hello' }], stream: true }, bearer()),
      );
      const reader = response.body!.getReader();
      let text = Buffer.from((await reader.read()).value).toString();
      await revoke();
      const readOn = async (): Promise<void> => {
        for (let each = await reader.read(); !each.done; each = await reader.read())
          text += Buffer.from(each.value).toString();
      };
      // Cut behind its last word, so that no client takes it for a whole one.
      await expect(readOn()).rejects.toThrow('terminated');

      expect(text).toContain('"code":"unauthorized"');
    });

    it('cuts a speech that has begun', async () => {
      speech.script = stallsAfter([AUDIO]);
      const response = await fetch(`${sut.url}/tts?input=hello&store=false&format=pcm`, {
        headers: bearer(),
      });
      expect(response.status).toBe(200);
      await revoke();

      await expect(response.arrayBuffer()).rejects.toThrow('terminated');
    });

    it('answers 401 for a speech that has not begun', async () => {
      speech.script = neverAnswers;
      const before = speech.calls.length;
      const answer = fetch(`${sut.url}/tts?input=hello&store=false`, { headers: bearer() });
      await waitFor(() => speech.calls.length > before, 'the call of the provider');
      await revoke();

      expect((await answer).status).toBe(401);
    });

    it('ends a session, tells its client why, and closes the socket', async () => {
      const client = await socketWith(token);
      expect(await client.start()).toMatchObject({ ok: true });
      const closed = new Promise<string>((resolve) => client.socket.once('disconnect', resolve));
      await revoke();

      expect(await closed).toBe('io server disconnect');
      expect(client.errors).toEqual([expect.objectContaining({ code: 'unauthorized', retryable: false })]);
    });

    it('ends explanations, and tells their client why', async () => {
      chat.script = stall;
      const before = chat.exchanges.length;
      const client = await socketWith(token);
      const told = new Promise<unknown>((resolve) =>
        client.socket.once('NLPError' as never, resolve as never),
      );
      await client.ask('nlProcessing', { unProcessedText: [['word', 'comment', '']], sumText: '' });
      await waitFor(() => chat.exchanges.length > before, 'the call of the provider');
      await revoke();

      expect(await told).toMatchObject({ code: 'unauthorized' });
    });
  });

  it('ends a request whose body is still on its way', async () => {
    const line = await RawHttp.open(sut.url);
    const head = ['POST /chat HTTP/1.1', 'Host: localhost', `Authorization: Bearer ${token}`];
    const { size } = sut.app.get(CallerWork);
    line.send(...head, 'Content-Type: application/json', 'Content-Length: 100', '', '{"text":"');
    await waitFor(() => sut.app.get(CallerWork).size > size, 'the request');
    await revokeToken(sut.url, 'acme', token);

    expect(await line.closed).not.toMatch(/^HTTP\/1\.1 200/);
  });

  it('leaves nothing registered', async () => {
    const { size } = sut.app.get(CallerWork);
    const client = await socketWith(token);
    expect(sut.app.get(CallerWork).size).toBe(size + 1);
    client.close();
    await waitFor(() => sut.app.get(CallerWork).size === size, 'the socket to be over');
  });

  it('by revocation leaves the work of others alone', async () => {
    const own = await socketWith('key-of-acme');
    const other = await socketWith(await mint());
    const foreign = await socketWith('key-of-globex');
    await revokeToken(sut.url, 'acme', token);

    for (const client of [own, other, foreign]) {
      expect(await client.start()).toMatchObject({ ok: true });
      client.close();
    }
  });

  it('by time ends nothing that runs, and begins nothing more', async () => {
    const minted = await askForToken(sut.url, 'acme', { scopes: ['chat', 'transcription'], ttlSeconds: 3 });
    const client = await socketWith(minted.token);
    const started = await client.start();
    expect(started).toMatchObject({ ok: true });
    let finish: (() => void) | undefined;
    chat.script = async (exchange) => {
      beginAnswer('Hello')(exchange);
      await new Promise<void>((resolve) => (finish = resolve));
      exchange.response.end('data: [DONE]\n\n');
    };
    const stream = await openSse(
      `${sut.url}/chat`,
      postJson({ text: 'hello' }, { Authorization: `Bearer ${minted.token}` }),
    );
    await stream.next();
    await waitFor(() => Date.now() >= Date.parse(minted.expiresAt), 'the end of the token');

    expect(await client.audio(Buffer.alloc(3_200))).toMatchObject({ ok: true });
    finish!();
    expect((await stream.rest()).at(-1)?.event).not.toBe('cancelled');
    expect(await client.start()).toMatchObject({ ok: false, code: 'unauthorized' });
    const resume = { sessionId: started.sessionId, token: started.resumeToken, lastEventId: 0 };
    expect(await client.ask('session:start', { v: 1, resume })).toMatchObject({
      ok: false,
      code: 'unauthorized',
    });
    await expect(socketWith(minted.token)).rejects.toMatchObject({ data: { code: 'unauthorized' } });

    const fresh = await socketWith('key-of-acme');
    expect(await fresh.ask('session:start', { v: 1, resume })).toMatchObject({ ok: true });
  });

  it('does not come first: a token that is bound to a session resumes that one, and begins none', async () => {
    const first = await socketWith('key-of-acme');
    const [started, second] = [await first.start(), await socketWith('key-of-acme')];
    const other = await second.start();
    const bound = await mint({ bind: { session: started.sessionId } });
    const client = await socketWith(bound);
    const resumeOf = ({ sessionId, resumeToken }: Record<string, unknown>): object => ({
      v: 1,
      resume: { sessionId, token: resumeToken, lastEventId: 0 },
    });

    expect(await client.start()).toMatchObject({ ok: false, code: 'forbidden' });
    expect(await client.ask('session:start', resumeOf(other))).toMatchObject({
      ok: false,
      code: 'not_found',
    });
    expect(await client.ask('session:start', resumeOf(started))).toMatchObject({ ok: true });
    const read = async (id: unknown, headers: Record<string, string>): Promise<number> =>
      (await fetch(`${sut.url}/transcription/sessions/${String(id)}`, { headers })).status;
    expect(await read(other.sessionId, { Authorization: `Bearer ${bound}` })).toBe(404);
    expect(await read(other.sessionId, headersOf('acme'))).toBe(200);
  });
});

describe('the end of a key by an edit of its file', () => {
  let chat: FakeOpenAiChat;
  let folder: TemporaryFolder;
  let sut: RunningApp;
  let client: CaptionClient | undefined;

  const recordOf = (tenant: string): KeyRecord => ({
    name: tenant,
    tenant,
    sha256: hashOf(`key-of-${tenant}`).toString('hex'),
    scopes: ['chat', 'transcription'],
  });
  const path = (): string => join(folder.path, 'keys.json');

  beforeEach(async () => {
    chat = await startFakeOpenAiChat(beginAnswer('Hello'));
    folder = await temporaryFolder();
    await writeKeyFile(path(), [recordOf('acme'), recordOf('globex')]);
    sut = await startApp({
      FEATURES: 'chat,transcription',
      WHISPER_ENGINE: 'fake',
      CHAT_BASE_URL: chat.url,
      OPENAI_MAX_RETRIES: '0',
      SHUTDOWN_GRACE_MS: '1000',
      API_KEYS_FILE: path(),
      API_KEYS_POLL_MS: '20',
    });
  });

  afterEach(async () => {
    client?.close();
    await sut.close();
    await chat.close();
    await folder.remove();
  });

  it.each<[string, KeyRecord[]]>([
    ['removes it', []],
    ['sets an expiry that is over', [{ ...recordOf('acme'), expiresAt: '2026-01-01T00:00:00.000Z' }]],
    ['gives it to another tenant', [{ ...recordOf('acme'), tenant: 'initech' }]],
  ])('that %s ends what runs with it and its tokens, and nothing of others', async (_what, left) => {
    const token = await mintToken(sut.url, 'acme', { scopes: ['chat', 'transcription'] });
    const ask = (headers: Record<string, string>): Promise<SseStream> =>
      openSse(`${sut.url}/chat`, postJson({ text: 'hello' }, headers));
    const [byKey, byToken, byOther] = [
      await ask(headersOf('acme')),
      await ask({ Authorization: `Bearer ${token}` }),
      await ask(headersOf('globex')),
    ];
    client = new CaptionClient(sut.url, { auth: { token } });
    await client.connected();
    expect(await client.start()).toMatchObject({ ok: true });
    const closed = new Promise<string>((resolve) => client!.socket.once('disconnect', resolve));

    await writeKeyFile(path(), [...left, recordOf('globex')]);

    for (const stream of [byKey, byToken])
      expect((await stream.rest()).at(-1)).toMatchObject({ event: 'failed', data: { code: 'unauthorized' } });
    expect(await closed).toBe('io server disconnect');
    expect(client.errors).toEqual([expect.objectContaining({ code: 'unauthorized' })]);
    const read = async (secret: string): Promise<number> =>
      (await fetch(`${sut.url}/chat/templates`, { headers: { Authorization: `Bearer ${secret}` } })).status;
    expect([await read(token), await read('key-of-globex')]).toEqual([401, 200]);
    expect((await byOther.next())?.event).toBe('run');
    byOther.drop();
  });
});
