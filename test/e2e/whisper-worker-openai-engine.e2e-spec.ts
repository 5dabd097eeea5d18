import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '../../src/config/secret.js';
import type { DecodeRequest } from '../../src/whisper-worker/engine.js';
import { OpenAiEngine } from '../../src/whisper-worker/engines/openai/openai-engine.js';
import { describeEngine } from '../contracts/engine.js';
import { codedSpeech } from '../support/coded-speech.js';
import { FakeTranscriptionServer } from '../support/fake-transcription-server.js';
import { endpointAt } from '../support/openai-endpoint.js';
import { toFloat } from '../support/wav.js';
import { waitFor } from '../support/wait-for.js';

const never = new AbortController().signal;

function engineAt(server: FakeTranscriptionServer, maxRetries = 2, decodeTimeoutMs = 5_000): OpenAiEngine {
  return new OpenAiEngine({
    model: 'tiny',
    decodeTimeoutMs,
    openai: endpointAt(server.baseUrl, { apiKey: new Secret('sk-secret'), maxRetries }),
  });
}

function request(overrides: Partial<DecodeRequest> = {}): DecodeRequest {
  return {
    samples: toFloat(codedSpeech(7, 1, 3)),
    language: 'en',
    task: 'transcribe',
    words: false,
    ...overrides,
  };
}

let contractServer: FakeTranscriptionServer;
describeEngine('openai', {
  make: async () => {
    contractServer = await FakeTranscriptionServer.start();
    return engineAt(contractServer);
  },
  close: () => contractServer.close(),
  spoken: [
    { samples: toFloat(codedSpeech(7, 1, 3)), language: 'en', text: '7:1 7:2 7:3' },
    { samples: toFloat(codedSpeech(8, 4, 5)), language: 'ko', text: '8:4 8:5' },
  ],
});

describe(OpenAiEngine.name, () => {
  let server: FakeTranscriptionServer;

  beforeEach(async () => {
    server = await FakeTranscriptionServer.start();
  });

  afterEach(() => server.close());

  it('sends a WAV with model, language and key', async () => {
    await engineAt(server).decode(request({ language: 'ko' }), never);
    expect(server.requests).toMatchObject([
      {
        path: '/v1/audio/transcriptions',
        authorization: 'Bearer sk-secret',
        fields: { model: 'tiny', language: 'ko', response_format: 'verbose_json' },
      },
    ]);
  });

  it('names no language that is to be detected, and gives the code of the one that was', async () => {
    const { language } = await engineAt(server).decode(request({ language: 'auto' }), never);
    expect([language, server.requests[0]?.fields['language']]).toEqual(['en', undefined]);
  });

  it('translates at the other address', async () => {
    await engineAt(server).decode(request({ task: 'translate' }), never);
    expect(server.requests[0]?.path).toBe('/v1/audio/translations');
  });

  it('gives word times and confidence as the server measured them', async () => {
    const { words, confidence } = await engineAt(server).decode(request({ words: true }), never);
    expect(words?.map(({ word }) => word)).toEqual(['7:1', '7:2', '7:3']);
    expect(confidence).toBeCloseTo(Math.exp(-0.1));
  });

  it.each([
    ['a cut connection', 'cut' as const],
    ['a server error', { status: 503, retryAfterMs: 1 }],
    ['a rate limit', { status: 429, retryAfterMs: 1 }],
  ])('tries again after %s', async (_what, behaviour) => {
    server.script.push(behaviour);
    await expect(engineAt(server).decode(request(), never)).resolves.toMatchObject({ text: '7:1 7:2 7:3' });
    expect(server.requests).toHaveLength(2);
  });

  it('does not try again after a timeout: a lane would be held for as long once more', async () => {
    server.script.push('stall');
    await expect(engineAt(server, 2, 500).decode(request(), never)).rejects.toMatchObject({
      code: 'provider_timeout',
    });
    expect(server.requests).toHaveLength(1);
  });

  it('tries a decode that may be left out only once', async () => {
    server.script.push({ status: 503, retryAfterMs: 1 });
    await expect(engineAt(server).decode(request({ isOptional: true }), never)).rejects.toMatchObject({
      code: 'provider_failed',
    });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['provider_auth', { status: 401 }],
    ['provider_rejected', { status: 400 }],
    ['provider_rate_limited', { status: 429 }],
    ['provider_failed', { status: 500 }],
    ['provider_failed', 'cut' as const],
    ['provider_failed', 'garbage' as const],
    ['provider_timeout', 'stall' as const],
  ])('says %s and nothing of what the server said', async (code, behaviour) => {
    server.script.push(behaviour);
    const failed = engineAt(server, 0, 200).decode(request(), never);
    await expect(failed).rejects.toMatchObject({ code, message: expect.not.stringContaining('secret') });
  });

  it('ends the request when it is aborted', async () => {
    server.script.push('stall');
    const abort = new AbortController();
    const decoding = engineAt(server).decode(request(), abort.signal);
    await waitFor(() => server.requests.length > 0, 'the request');
    abort.abort();
    await expect(decoding).rejects.toThrow(/abort/i);
  });
});
