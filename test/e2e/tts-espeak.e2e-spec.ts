import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type RunningApp } from '../support/start-app.js';

const post = (url: string, body: object): Promise<Response> =>
  fetch(`${url}/tts`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('POST /tts with espeak', () => {
  let sut: RunningApp;

  beforeAll(async () => {
    sut = await startApp({ FEATURES: 'tts', TTS_PROVIDER: 'espeak' });
  });
  afterAll(() => sut.close());

  it('speaks with the default voice', async () => {
    const response = await post(sut.url, { input: 'Hello there, general.' });

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('audio/mpeg');
    expect(response.headers.get('x-tts-provider')).toBe('espeak');
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(5_000);
  });

  it('gives PCM of the right length', async () => {
    const response = await post(sut.url, { input: 'Hello there general kenobi', format: 'pcm' });

    const seconds = (await response.arrayBuffer()).byteLength / 48_000;
    expect(seconds).toBeGreaterThan(1.2);
    expect(seconds).toBeLessThan(2);
  });
});
