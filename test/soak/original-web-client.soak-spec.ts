import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { fromProject } from '../../src/config/project-paths.js';
import { launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/programs.js';
import { transcriptOf } from '../support/samples.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { waitFor } from '../support/wait-for.js';
import { SIXTY_WORDS } from '../support/sixty-words.js';

const RECORDING_MS = 39_000;

/** What the public web client of the origin does, word for word in what it emits. */
const ORIGINAL_CLIENT = `
  window.texts = [];
  window.errors = [];
  window.socket = io();
  socket.on('connect', () => socket.emit('lectureId', 'lecture-o3'));
  socket.on('session:error', (error) => errors.push(error));
  socket.on('transitionResult', (text) => texts.push(text));
  navigator.mediaDevices.getUserMedia({ audio: true }).then((stream) => {
    window.recorder = new MediaRecorder(stream, { mimeType: 'audio/webm;codecs=opus' });
    recorder.ondataavailable = ({ data }) => {
      const reader = new FileReader();
      reader.onloadend = () => socket.emit('transcription', reader.result.split(',')[1]);
      reader.readAsDataURL(data);
    };
    recorder.start(3000);
  });
`;

describeWith('chromium')(
  "the origin's web client in Chromium: 3 s slices of MediaRecorder as base64 text",
  () => {
    let running: RunningApp;
    let browser: Browser;

    beforeAll(async () => {
      running = await startApp({ FEATURES: 'transcription', WHISPER_MODEL: SIXTY_WORDS, PROFILE: 'demo' });
      await waitFor(
        async () => (await fetch(`${running.url}/health/ready`)).ok,
        'the embedded worker to have loaded its model',
      );
      browser = await launchChromium(fromProject('samples/conversation-30s.wav'));
    }, 60_000);

    afterAll(async () => {
      await browser.close();
      await running.close();
    });

    it('shows every sentence, and finds all of them under its lecture after it has left', async () => {
      const page = await browser.newPage();
      await page.goto(running.url);
      await page.evaluate(ORIGINAL_CLIENT);
      await sleep(RECORDING_MS);
      const shown = (await page.evaluate('texts')) as string[];
      await page.evaluate('recorder.stop(); socket.disconnect();');

      const sentences = transcriptOf('conversation-30s.wav')
        .match(/[^.?!]+[.?!]/g)!
        .map((each) => each.trim());
      const errors = await page.evaluate('JSON.stringify(errors)');
      process.stdout.write(`shown: ${shown.join(' ')}\nerrors: ${String(errors)}\n`);
      for (const sentence of sentences) expect(shown.join(' ')).toContain(sentence);
      const stored = async (): Promise<{ state: string; text: string }> => {
        const path = `${running.url}/transcription/sessions`;
        const listed = await (await fetch(`${path}?label=lecture-o3`)).json();
        const { sessionId } = (listed as { sessions: { sessionId: string }[] }).sessions[0]!;
        return (await (await fetch(`${path}/${sessionId}`)).json()) as { state: string; text: string };
      };
      await waitFor(async () => (await stored()).state === 'ended', 'the session to be finished');
      expect((await stored()).text.startsWith(shown.join(' '))).toBe(true);
    }, 120_000);
  },
);
