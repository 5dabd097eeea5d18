import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OpenStreams } from '../../src/common/streams/open-streams.js';
import { CHAT_CONCURRENCY } from '../../src/chat/runs/chat-concurrency.js';
import type { TenantConcurrencyLimit } from '../../src/common/limits/concurrency-limit.js';
import { WireConnection } from '../support/http/wire-connection.js';
import { beginAnswer, startFakeOpenAiChat, type FakeOpenAiChat } from '../support/fake-openai-chat.js';
import { FakeOpenAiSpeech, neverAnswers } from '../support/fake-openai-speech.js';
import { startChat } from '../support/start-chat.js';
import { waitFor } from '../support/wait-for.js';
import type { RunningApp } from '../support/start-app.js';

describe('pipelined requests whose connection is cut', () => {
  let upstream: FakeOpenAiChat;
  let speech: FakeOpenAiSpeech;
  let running: RunningApp;

  beforeEach(async () => {
    upstream = await startFakeOpenAiChat(beginAnswer('Hel'));
    speech = await FakeOpenAiSpeech.start();
    speech.script = neverAnswers;
    running = await startChat(upstream, { FEATURES: 'chat,tts', TTS_BASE_URL: speech.baseUrl });
  });
  afterEach(async () => {
    await running.close();
    await upstream.close();
    await speech.close();
  });

  it.each([
    ['/chat', { text: 'Hi', graceMs: 0 }],
    ['/v1/chat/completions', { stream: true, messages: [{ role: 'user', content: 'Hi' }] }],
    ['/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }] }],
  ])('give back all that they held: %s %j', async (path, body) => {
    const connection = await WireConnection.open(running.url);
    const request = { method: 'POST', path, body: JSON.stringify(body) };
    connection.send('1.1', request, request, request);
    await upstream.exchange(2);
    connection.destroy();
    await waitFor(
      () => running.app.get<TenantConcurrencyLimit>(CHAT_CONCURRENCY).taken === 0,
      'the places to be free',
    );
    await waitFor(() => running.app.get(OpenStreams).size === 0, 'the streams to be over');

    expect(upstream.exchanges).toHaveLength(3);
  });

  it('stop the speech that they wait for', async () => {
    const connection = await WireConnection.open(running.url);
    const request = { method: 'GET', path: '/tts?input=Hello' };
    connection.send('1.1', request, request, request);
    const { ended } = await speech.nextCall();
    connection.destroy();
    await ended;

    expect(speech.calls).toHaveLength(1);
  });
});
