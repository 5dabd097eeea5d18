import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  damagedBody,
  endingsWhenCutAt,
  fuzzedBody,
  readChunks,
  readWithCuts,
  RECORDED_BODY,
} from '../support/chat-proofs.js';
import {
  answer,
  beginAnswer,
  stall,
  startFakeOpenAiChat,
  type FakeOpenAiChat,
} from '../support/fake-openai-chat.js';
import { Random, soakSeed } from '../support/random.js';
import { proveLog } from '../support/log-proofs.js';
import { openSse, postJson } from '../support/sse-client.js';
import type { RunningApp } from '../support/start-app.js';
import { startChat } from '../support/start-chat.js';

const CUTS = 1_000;
const FUZZED = 1_000;
const STOPS = 500;
const LOGS = 200;
const AT_ONCE = 8;
const TIMEOUT_MS = 600_000;

/** How the provider answers a client that will stop at this point. */
const SCRIPTS = {
  headers: stall,
  token: beginAnswer(),
  stream: beginAnswer('Hal'),
  end: answer('Hal'),
  cancel: beginAnswer('Hal'),
};

describe('chat over a long time', () => {
  let upstream: FakeOpenAiChat;
  let running: RunningApp;
  let chat: string;
  const random = new Random(soakSeed());

  beforeAll(async () => {
    upstream = await startFakeOpenAiChat();
    running = await startChat(upstream, { CHAT_HEARTBEAT_MS: '5', CHAT_MAX_KEPT_RUNS: '100' });
    chat = `${running.url}/chat`;
  });

  afterAll(async () => {
    await running.close();
    await upstream.close();
  });

  it(
    `gives the same text after ${CUTS} random cuts and resumes, for one call each`,
    async () => {
      let cuts = 0;
      let runs = 0;
      const reader = async (): Promise<void> => {
        while (cuts < CUTS) {
          const result = await readWithCuts(chat, upstream, random);
          cuts += result.cuts;
          runs += 1;
          const { text, endings, upstreamCalls } = result;
          expect({ text, endings, upstreamCalls }).toEqual({
            text: result.expected,
            endings: ['done'],
            upstreamCalls: 1,
          });
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, reader));
      console.log(`${runs} runs, ${cuts} cuts, ${upstream.exchanges.length} calls to the provider`);
      expect(upstream.exchanges).toHaveLength(runs);
    },
    TIMEOUT_MS,
  );

  it(
    'never says done when the provider was cut, at every byte, brutally and politely',
    async () => {
      for (let length = 0; length < RECORDED_BODY.length; length += 1)
        for (const isPolite of [true, false])
          expect([length, await endingsWhenCutAt(chat, upstream, length, isPolite)]).toEqual([
            length,
            ['failed'],
          ]);
      console.log(`${RECORDED_BODY.length * 2} cuts`);
    },
    TIMEOUT_MS,
  );

  it(
    `reads ${FUZZED} fuzzed bodies right and survives ${FUZZED} damaged ones`,
    async () => {
      for (let round = 0; round < FUZZED; round += 1) {
        const { expected, chunks } = fuzzedBody(random);
        expect(await readChunks(chat, upstream, chunks)).toEqual({ text: expected, endings: ['done'] });
        expect((await readChunks(chat, upstream, damagedBody(random))).endings).toHaveLength(1);
      }
    },
    TIMEOUT_MS,
  );

  it(
    `closes the provider after each of ${STOPS} stops: before the headers, before the first token, in mid-stream, at the end, by cancel`,
    async () => {
      for (let round = 0; round < STOPS; round += 1) {
        const kind = random.pick(['headers', 'token', 'stream', 'end', 'cancel'] as const);
        upstream.script = SCRIPTS[kind];
        const calls = upstream.exchanges.length;
        if (kind === 'headers') {
          const gone = new AbortController();
          const asking = fetch(chat, { ...postJson({ text: 'Hi' }), signal: gone.signal }).catch(
            () => undefined,
          );
          const { closed } = await upstream.exchange(calls);
          gone.abort();
          await Promise.all([asking, closed]);
          continue;
        }
        const stream = await openSse(chat, postJson({ text: 'Hi', graceMs: 0 }));
        const run = await stream.next();
        const runId = String(run!.data.runId);
        if (kind === 'end') await stream.rest();
        if (kind === 'cancel') await fetch(`${chat}/runs/${runId}/cancel`, { method: 'POST' });
        else stream.drop();
        await (
          await upstream.exchange(calls)
        ).closed;
        const isWhole = kind === 'end';
        const state = await (await fetch(`${chat}/runs/${runId}`)).json();
        expect(state).toMatchObject({
          status: isWhole ? 'done' : 'cancelled',
          usage: { estimated: !isWhole },
        });
        stream.drop();
      }
    },
    TIMEOUT_MS,
  );

  it(
    'gives every reader the answer, whatever is said, compacted and come back to',
    () => {
      const random = new Random(soakSeed());
      const readers = Array.from({ length: LOGS }, () => proveLog(random).readers);

      expect(readers.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(LOGS * 20);
    },
    TIMEOUT_MS,
  );
});
