import { describe, expect, it } from '@jest/globals';
import {
  gatewayMessageSchema,
  helloSchema,
  parseFrame,
  sessionOptionsSchema,
  workerMessageSchema,
} from './messages.js';

const HELLO = { type: 'hello', v: 1, token: 't', sessionId: 's', epoch: 0, start: 0 };
const FINAL = {
  type: 'final',
  epoch: 0,
  n: 1,
  utterance: '0',
  text: 'Hello.',
  start: 0,
  end: 10,
  language: 'en',
  commit: 10,
};

describe('The hello', () => {
  it('has options by default', () => {
    expect(helloSchema.parse(HELLO).options).toEqual({});
  });

  it('keeps every option', () => {
    const options = {
      language: 'auto',
      task: 'translate',
      interim: true,
      words: true,
      vad: { threshold: 0.7, silenceMs: 400, preRollMs: 0, minSpeechMs: 60, maxUtteranceMs: 10_000 },
    };
    const hello = { ...HELLO, options, priority: 'background', context: { language: 'ko' } };
    expect(helloSchema.parse(hello)).toEqual(hello);
  });

  it('ignores fields of a later version', () => {
    expect(helloSchema.safeParse({ ...HELLO, later: true }).success).toBe(true);
  });

  it.each([
    ['another version', { v: 2 }],
    ['an empty session id', { sessionId: '' }],
    ['a session id that is too long', { sessionId: 'x'.repeat(129) }],
    ['a request id that is too long', { requestId: 'x'.repeat(129) }],
    ['a request id that would break a line of a log', { requestId: 'a\nb' }],
    ['a priority that nobody knows', { priority: 'urgent' }],
    ['a negative epoch', { epoch: -1 }],
    ['half a sample', { start: 0.5 }],
    ['no token', { token: undefined }],
  ])('is refused with %s', (_what, change) => {
    expect(helloSchema.safeParse({ ...HELLO, ...change }).success).toBe(false);
  });
});

describe('Session options', () => {
  it.each([
    ['a language by name', { language: 'english' }],
    ['a task that is none', { task: 'sing' }],
    ['an option that nobody knows', { volume: 11 }],
    ['an utterance beyond what the engine decodes', { vad: { maxUtteranceMs: 30_000 } }],
    ['a silence too short to be one', { vad: { silenceMs: 10 } }],
    ['a threshold that everything passes', { vad: { threshold: 0 } }],
    ['a threshold that nothing passes', { vad: { threshold: 1 } }],
    ['a threshold that is text', { vad: { threshold: '0.5' } }],
    ['a pre-roll from the future', { vad: { preRollMs: -1 } }],
    ['a minimum longer than words', { vad: { minSpeechMs: 2_001 } }],
    ['a detail that nobody knows', { vad: { mood: 'good' } }],
  ])('refuse %s', (_what, options) => {
    expect(sessionOptionsSchema.safeParse(options).success).toBe(false);
  });
});

describe('Messages of the worker', () => {
  it.each([
    { type: 'ready', epoch: 0, worker: 'w', model: 'demo', window: 160_000 },
    { type: 'ack', epoch: 0, received: 3_200 },
    { type: 'speech', epoch: 0, state: 'start', at: 0 },
    {
      type: 'interim',
      epoch: 0,
      utterance: '0',
      revision: 1,
      text: 'Hel',
      stable: 0,
      start: 0,
      end: 5,
      language: 'en',
    },
    FINAL,
    { ...FINAL, words: [{ word: 'Hello.', start: 0, end: 9 }], confidence: 0.9 },
    { type: 'commit', epoch: 0, commit: 10 },
    { type: 'done', epoch: 0, commit: 10 },
    { type: 'drain', epoch: 0 },
    { type: 'error', epoch: 0, code: 'internal', retryable: true },
  ])('are known: $type', (message) => {
    expect(workerMessageSchema.parse(message)).toEqual(message);
  });

  it('are refused when a position is none', () => {
    expect(workerMessageSchema.safeParse({ ...FINAL, commit: -1 }).success).toBe(false);
  });
});

describe(parseFrame.name, () => {
  it('reads a frame', () => {
    expect(parseFrame(gatewayMessageSchema, '{"type":"stall"}')).toEqual({ type: 'stall' });
  });

  it.each(['', '{', 'null', '[]', '{"type":"later"}'])('gives nothing for %j', (frame) => {
    expect(parseFrame(gatewayMessageSchema, frame)).toBeUndefined();
  });
});
