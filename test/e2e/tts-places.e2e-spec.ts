import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { bytesOf, errorOf, postJson } from '../support/ask-speech.js';
import { espeakStandIn, ffmpegStandIn } from '../support/speech-stand-ins.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { headersOf, keyEntry } from '../support/tenant-keys.js';
import { waitFor } from '../support/wait-for.js';

type Tenant = 'first' | 'second';

describe('the places for speech', () => {
  let folder: TemporaryFolder;
  let sut: RunningApp;
  let listeners: IncomingMessage[];

  const start = async (overrides: Record<string, string>): Promise<void> => {
    sut = await startApp({
      FEATURES: 'tts',
      TTS_PROVIDER: 'espeak',
      ESPEAK_PATH: await espeakStandIn(folder.path),
      FFMPEG_PATH: await ffmpegStandIn(folder.path),
      SHUTDOWN_GRACE_MS: '50',
      ...overrides,
    });
  };
  const speak = (format: string, tenant: Tenant = 'first'): Promise<Response> =>
    postJson(`${sut.url}/tts`, { input: 'hello', format, store: false }, { headers: headersOf(tenant) });
  /** A listener that has heard the first byte of a speech that never ends, and reads no more. */
  const listen = async (path: string, body: object, kind = 'waiting'): Promise<IncomingMessage> => {
    const call = request(`${sut.url}${path}`, {
      method: 'POST',
      headers: headersOf('first'),
      agent: false,
    });
    call.end(JSON.stringify({ input: `${kind} ${listeners.length}`, ...body }));
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    // A reset reaches the request as well, on some versions of Node.
    call.on('error', () => undefined);
    listeners.push(response.on('error', () => undefined));
    await once(response, 'readable');
    return response;
  };

  beforeEach(async () => {
    folder = await temporaryFolder();
    listeners = [];
  });
  afterEach(async () => {
    for (const listener of listeners) listener.destroy();
    await sut.close();
    await folder.remove();
  });

  it('are refused, not queued for, and free again when the listener has left', async () => {
    await start({ ESPEAK_MAX_PROCESSES: '1' });
    const listener = await listen('/tts', { format: 'pcm' });
    const refused = await speak('pcm');

    expect(refused.status).toBe(503);
    expect(await errorOf(refused)).toMatchObject({ code: 'overloaded' });
    listener.destroy();
    await waitFor(async () => (await speak('pcm')).status === 200, 'the place of the listener that left');
  });

  it('of espeak are given back when there is none to encode', async () => {
    await start({ ESPEAK_MAX_PROCESSES: '3', FFMPEG_MAX_PROCESSES: '1' });
    await listen('/tts', { format: 'opus' });
    for (let count = 0; count < 6; count++) {
      const refused = await speak('flac');
      expect(refused.status).toBe(503);
      expect((await errorOf(refused))['message']).toMatch(/places for (?:ffmpeg|espeak)/);
    }

    await waitFor(async () => (await speak('pcm')).status === 200, 'a place of espeak');
    expect((await errorOf(await speak('flac')))['message']).toContain('ffmpeg');
  });

  it.each([
    ['/tts', { format: 'pcm' }],
    ['/v1/audio/speech', { response_format: 'pcm', model: 'm', voice: 'nova' }],
    ['/v1/audio/speech', { response_format: 'pcm', model: 'm', voice: 'nova', stream_format: 'sse' }],
    ['/tts', { format: 'opus' }],
  ])('are not held by a listener of %s %j that never reads', async (path, body) => {
    await start({ TTS_MAX_CONCURRENT: '1', TTS_STALLED_READER_MS: '2000' });
    const listener = await listen(path, body, 'endless');

    expect((await speak('pcm')).status).toBe(503);
    await waitFor(async () => (await speak('pcm')).status === 200, 'the place of the stalled listener');
    listener.resume();
    await waitFor(() => listener.closed, 'the end of its connection');
    expect(listener.complete).toBe(false);
  });

  it.each([
    ['speech', { TTS_MAX_CONCURRENT: '4' }, 'pcm'],
    ['espeak', { ESPEAK_MAX_PROCESSES: '4' }, 'pcm'],
    ['ffmpeg', { FFMPEG_MAX_PROCESSES: '4' }, 'opus'],
  ])('for %s are not all taken by one of two tenants', async (what, limit, format) => {
    await start({ ...limit, API_KEYS: [keyEntry('first'), keyEntry('second')].join(',') });
    for (let count = 0; count < 3; count++) await listen('/tts', { format });
    const refused = await speak(format);

    expect(refused.status).toBe(503);
    expect(await errorOf(refused)).toMatchObject({
      code: 'overloaded',
      message: `Your share of the places for ${what} is taken.`,
    });
    const served = await speak(format, 'second');
    expect(served.status).toBe(200);
    expect((await bytesOf(served)).length).toBeGreaterThan(0);
  });

  it('are all there for a lone tenant', async () => {
    await start({ TTS_MAX_CONCURRENT: '4', API_KEYS: keyEntry('first') });
    for (let count = 0; count < 4; count++) await listen('/tts', { format: 'pcm' });

    expect((await errorOf(await speak('pcm')))['message']).toBe('All 4 places for speech are taken.');
  });
});
