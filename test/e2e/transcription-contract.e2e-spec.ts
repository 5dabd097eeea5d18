import { TRANSCRIBER, type Transcriber } from '../../src/transcription/transcriber.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { describeTranscriber } from '../contracts/transcriber.js';
import { codedSentences, upTo } from '../support/coded-speech.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { startTestWorker } from '../support/start-test-worker.js';

const WORDS = 12;
let worker: Worker;
let running: RunningApp;

describeTranscriber('Whisper workers', {
  make: async () => {
    worker = await startTestWorker({ WHISPER_ENGINE: 'fake' });
    const WHISPER_WORKERS = `ws://127.0.0.1:${worker.port}/ws`;
    running = await startApp({ FEATURES: 'transcription', WHISPER_WORKERS });
    return running.app.get<Transcriber>(TRANSCRIBER);
  },
  close: async () => {
    await running.close();
    await worker.close();
  },
  spoken: {
    samples: codedSentences(1, WORDS),
    text: upTo(WORDS)
      .map((number) => `1:${number}`)
      .join(' '),
  },
  impossible: { language: 'zz' },
});
