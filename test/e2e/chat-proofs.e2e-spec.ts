import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  damagedBody,
  endingsWhenCutAt,
  fuzzedBody,
  readChunks,
  readWithCuts,
  RECORDED_BODY,
} from '../support/chat-proofs.js';
import { startFakeOpenAiChat, type FakeOpenAiChat } from '../support/fake-openai-chat.js';
import { Random, testSeed } from '../support/random.js';
import type { RunningApp } from '../support/start-app.js';
import { startChat } from '../support/start-chat.js';

/** Short forms; the full ones are in `test/soak/chat.soak-spec.ts`. */
describe('what chat never does', () => {
  let upstream: FakeOpenAiChat;
  let running: RunningApp;
  let chat: string;
  const random = new Random(testSeed());

  beforeAll(async () => {
    upstream = await startFakeOpenAiChat();
    running = await startChat(upstream, { CHAT_HEARTBEAT_MS: '5' });
    chat = `${running.url}/chat`;
  });

  afterAll(async () => {
    await running.close();
    await upstream.close();
  });

  it('loses, doubles or pays anything twice when connections are cut', async () => {
    for (let round = 0; round < 25; round += 1) {
      const { expected, text, endings, upstreamCalls } = await readWithCuts(chat, upstream, random);
      expect({ text, endings, upstreamCalls }).toEqual({
        text: expected,
        endings: ['done'],
        upstreamCalls: 1,
      });
    }
  });

  it('says done when the provider was cut', async () => {
    const lengths = Array.from({ length: RECORDED_BODY.length }, (_each, length) => length).filter(
      (length) => length % 13 === 0 || length > RECORDED_BODY.length - 20,
    );
    for (const length of lengths)
      expect([length, await endingsWhenCutAt(chat, upstream, length, length % 2 === 0)]).toEqual([
        length,
        ['failed'],
      ]);
    expect(await endingsWhenCutAt(chat, upstream, RECORDED_BODY.length, true)).toEqual(['done']);
  });

  it('misreads a provider, however its bytes come and whatever is around them', async () => {
    for (let round = 0; round < 25; round += 1) {
      const { expected, chunks } = fuzzedBody(random);
      expect(await readChunks(chat, upstream, chunks)).toEqual({ text: expected, endings: ['done'] });
    }
  });

  it('crashes on damaged bytes, or ends twice or not at all', async () => {
    for (let round = 0; round < 25; round += 1) {
      const { endings } = await readChunks(chat, upstream, damagedBody(random));
      expect(endings).toHaveLength(1);
    }
  });
});
