import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { TenantConcurrencyLimit } from '../../src/common/limits/concurrency-limit.js';
import { ONE_TENANT } from '../../src/common/limits/tenant-shares.js';
import { SpeechEncoder } from '../../src/audio/encoding/speech-encoder.js';
import { SpeechFlights } from '../../src/tts/flights/speech-flights.js';
import { launchChromium } from '../support/chromium.js';
import { answersWith, cutsAfter, FakeOpenAiSpeech } from '../support/fake-openai-speech.js';
import { waitFor } from '../support/wait-for.js';
import { describeWith } from '../support/programs.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import type { RunningApp } from '../support/start-app.js';
import { startSpeech } from '../support/start-speech.js';

const SECOND_OF_SAMPLES = Buffer.alloc(48_000);

/** How the element ended: `ended`, or `error` with the code of its MediaError. */
interface Ending {
  event: string;
  code: number | null;
}

describeWith('chromium')("Chromium's audio element on GET /tts", () => {
  let upstream: FakeOpenAiSpeech;
  let app: RunningApp;
  let browser: Browser;
  let page: Page;
  let mp3: Buffer;
  let folder: TemporaryFolder;

  beforeAll(async () => {
    mp3 = await encodeSilence(10);
    upstream = await FakeOpenAiSpeech.start();
    folder = await temporaryFolder();
    app = await startSpeech(upstream, {
      TTS_DIR: folder.path,
      TTS_CACHE_BYTES: '10000000',
    });
    browser = await launchChromium('/dev/null');
    page = await browser.newPage();
    // The policy of an answer that is no page allows no media.
    await page.goto(`${app.url}/`);
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
    await upstream.close();
    await folder.remove();
  });

  /** Runs in the page, hence a text: the tests know no types of browsers. */
  const play = (input: string): Promise<Ending> =>
    page.evaluate<Ending>(`new Promise((resolve) => {
      const audio = new Audio('/tts?input=${input}');
      audio.playbackRate = 8;
      audio.addEventListener('ended', () => resolve({ event: 'ended', code: null }));
      audio.addEventListener('error', () => resolve({ event: 'error', code: audio.error.code }));
      audio.play().catch(() => undefined);
    })`);

  it('plays a speech to its end', async () => {
    upstream.reset();
    upstream.script = answersWith([mp3]);

    expect(await play('whole')).toEqual({ event: 'ended', code: null });
    expect(upstream.calls).toHaveLength(1);
  });

  it('can seek a speech that was kept', async () => {
    upstream.reset();
    upstream.script = answersWith([mp3]);
    const input = 'to be seeked';
    expect(await play(input)).toEqual({ event: 'ended', code: null });
    await waitFor(() => app.app.get(SpeechFlights).size === 0, 'the speech to be kept');

    // To the end and back: what was not loaded has to be asked for.
    const times = await page.evaluate<{ seekable: number; at: number[] }>(`new Promise((resolve, reject) => {
      const audio = new Audio('/tts?input=${input}');
      const targets = [9, 1, 5];
      const at = [];
      audio.addEventListener('error', () => reject(new Error('code ' + audio.error.code)));
      audio.addEventListener('canplay', () => { audio.currentTime = targets[0]; }, { once: true });
      audio.addEventListener('seeked', () => {
        at.push(audio.currentTime);
        if (at.length < targets.length) audio.currentTime = targets[at.length];
        else resolve({ seekable: audio.seekable.end(0), at });
      });
    })`);

    expect(times.at).toEqual([9, 1, 5]);
    expect(times.seekable).toBeGreaterThan(9.5);
    expect(upstream.calls).toHaveLength(1);
  });

  it('fails with a network error when the speech is cut, and it is paid for once', async () => {
    upstream.reset();
    upstream.script = cutsAfter([mp3.subarray(0, mp3.length / 2)]);

    expect(await play('cut')).toEqual({ event: 'error', code: 2 });
    expect(upstream.calls).toHaveLength(1);
  });
});

async function encodeSilence(seconds: number): Promise<Buffer> {
  async function* samples(): AsyncGenerator<Uint8Array> {
    for (let count = 0; count < seconds; count++) yield SECOND_OF_SAMPLES;
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of new SpeechEncoder(
    undefined,
    new TenantConcurrencyLimit(1, 'ffmpeg', ONE_TENANT),
  ).encode(samples(), 'mp3', 'local'))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}
