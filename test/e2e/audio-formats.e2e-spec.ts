import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ffmpegMissing } from '../support/audio/ffmpeg.js';
import { recording, transcriptOf } from '../support/samples.js';
import { CaptionClient } from '../support/socket-client.js';
import { startApp, type RunningApp } from '../support/start-app.js';

const RECORDER_CHUNK_BYTES = 1_500;
const TEXT = transcriptOf('ko-hello.wav');
const ifFfmpeg = ffmpegMissing === undefined ? it : it.skip;
if (ffmpegMissing !== undefined) process.stdout.write(`Formats of ffmpeg are left out: ${ffmpegMissing}\n`);

describe('live transcription of every format', () => {
  let running: RunningApp;
  const clients: CaptionClient[] = [];

  beforeAll(async () => {
    running = await startApp({ FEATURES: 'transcription', WHISPER_MODEL: 'demo', PROFILE: 'demo' });
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  afterAll(() => running.close());

  function transcribe(bytes: Buffer): Promise<string> {
    const client = new CaptionClient(running.url);
    clients.push(client);
    return client.transcribe(bytes, { language: 'ko' }, RECORDER_CHUNK_BYTES);
  }

  it.each(['ko-hello.live.webm', 'ko-hello.ogg'])('gets the words of %s', async (file) => {
    expect(await transcribe(recording(file))).toBe(TEXT);
  });

  ifFfmpeg.each([
    'ko-hello.chromium.mp4',
    'ko-hello.fragmented.mp4',
    'ko-hello.m4a',
    'ko-hello.aac',
    'ko-hello.mp3',
    'ko-hello.flac',
  ])('gets the words of %s', async (file) => {
    expect(await transcribe(recording(file))).toBe(TEXT);
  });

  it('hears both recordings of a recorder that was started over in another format', async () => {
    const twice = Buffer.concat([recording('ko-hello.live.webm'), recording('ko-hello.ogg')]);

    expect(await transcribe(twice)).toBe(`${TEXT} ${TEXT}`);
  });
});
