import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  startProduct,
  startWorker,
  type ReadyWhen,
  type RunningProcess,
} from '../../scripts/start-product.js';
import { fromProject } from '../../src/config/project-paths.js';
import { sample, transcriptOf } from '../support/samples.js';
import { CaptionClient } from '../support/socket-client.js';
import { SIXTY_WORDS } from '../support/sixty-words.js';

/** The built product as its own processes, started by the commands of `npm start` and of the compose file. */
describe('the built product', () => {
  const processes: RunningProcess[] = [];
  const clients: CaptionClient[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await Promise.all(processes.splice(0).map((each) => each.stop()));
  });

  async function product(variables: NodeJS.ProcessEnv = {}, readyWhen?: ReadyWhen): Promise<RunningProcess> {
    const running = await startProduct(variables, readyWhen);
    processes.push(running);
    return running;
  }

  function connect(url: string, token?: string): CaptionClient {
    const client = new CaptionClient(url, token === undefined ? {} : { auth: { token } });
    clients.push(client);
    return client;
  }

  /** Runs the gateway until it ends by itself. */
  async function refused(variables: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> {
    const child = spawn(process.execPath, [fromProject('dist/main.js')], {
      env: { PATH: process.env.PATH, PARLEY_ENV_FILE: 'none', PORT: '0', LOG_FORMAT: 'json', ...variables },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'exit')) as [number];
    return { code, output };
  }

  it('announces the demo profile and is ready with all three features', async () => {
    const { url } = await product();

    const readiness = (await (await fetch(`${url}/health/ready`)).json()) as object;

    expect(readiness).toMatchObject({
      status: 'ready',
      profile: 'demo',
      components: {
        tts: { status: 'ok', provider: 'espeak' },
        chat: { status: 'ok', provider: 'scripted' },
        transcription: { status: 'ok' },
      },
    });
  });

  it('serves the console page and its clips', async () => {
    const { url } = await product({ FEATURES: 'tts' });

    const page = await fetch(url);
    const clip = await fetch(`${url}/samples/hello-world.wav`);

    expect(await page.text()).toContain('Parley console');
    expect(clip.headers.get('content-type')).toMatch(/wav/);
  });

  it('starts only the features that are switched on', async () => {
    const { url } = await product({ FEATURES: 'tts' });

    const { components } = (await (await fetch(`${url}/health/ready`)).json()) as { components: object };

    expect(Object.keys(components)).toEqual(['tts']);
    expect((await fetch(`${url}/chat?text=hi`)).status).toBe(404);
  });

  it('ends open streams, sessions and the worker on SIGTERM, and exits with 0', async () => {
    const running = await product();
    const client = connect(running.url);
    await client.start();
    await client.audio(sample('hello-world.wav'));
    const done = client.next('session:done');
    const stream = await fetch(`${running.url}/chat?text=Tell%20me%20a%20long%20story`);

    const [code, body] = await Promise.all([running.stop(), stream.text()]);

    expect(code).toBe(0);
    expect(body).toMatch(/event: (done|cancelled|failed)/);
    expect(await done).toMatchObject({ finals: 1 });
    expect(client.text).toBe(transcriptOf('hello-world.wav'));
  });

  it('runs as gateway and worker in two processes, with a shared token and API keys', async () => {
    const worker = await startWorker({ WHISPER_TOKEN: 'shared', WHISPER_MODEL: SIXTY_WORDS });
    processes.push(worker);
    const { url } = await product({
      NODE_ENV: 'production',
      HOST: '0.0.0.0',
      API_KEYS: `acme:${createHash('sha256').update('key').digest('hex')}`,
      WHISPER_WORKERS: `${worker.url.replace('http', 'ws')}/ws`,
      WHISPER_TOKEN: 'shared',
    });

    expect(await connect(url, 'key').transcribe(sample('digits.wav'))).toBe(transcriptOf('digits.wav'));
  });

  it('tells a client whose worker does not accept the token that there is no worker', async () => {
    const worker = await startWorker({ WHISPER_TOKEN: 'shared', WHISPER_MODEL: SIXTY_WORDS });
    processes.push(worker);
    const { url } = await product({
      FEATURES: 'transcription',
      WHISPER_WORKERS: `${worker.url.replace('http', 'ws')}/ws`,
      WHISPER_TOKEN: 'another',
      WHISPER_CONNECT_TIMEOUT_MS: '500',
    });

    expect(await connect(url).start()).toMatchObject({
      ok: false,
      code: 'worker_unavailable',
      retryable: true,
    });
  });

  it.each<[string, NodeJS.ProcessEnv, RegExp]>([
    ['an address open to others without API keys', { HOST: '0.0.0.0' }, /API_KEYS/],
    ['a proxy that is trusted, without API keys', { TRUST_PROXY: 'loopback' }, /TRUST_PROXY .*API_KEYS/],
    ['a value that cannot be', { PORT: 'swordfish' }, /PORT/],
    ['production without providers', { NODE_ENV: 'production' }, /(TTS|CHAT|OPENAI|WHISPER)_/],
    ['production without a chat provider', { NODE_ENV: 'production', FEATURES: 'chat' }, /CHAT_|OPENAI_/],
    ['an ffmpeg that is not there', { FFMPEG_PATH: '/nowhere', FEATURES: 'tts' }, /^FFMPEG_PATH .*\n$/],
    [
      'an ffmpeg that is not there, for live speech',
      { FFMPEG_PATH: '/nowhere', FEATURES: 'transcription' },
      /^FFMPEG_PATH .*\n$/,
    ],
  ])('refuses to start with %s, and says which variable to mend', async (_what, variables, message) => {
    const { code, output } = await refused(variables);

    expect(code).toBe(78);
    expect(output).toMatch(message);
    expect(output).not.toMatch(/swordfish|\n\s+at /);
  });

  it('serves the other features when the model is missing, and says so', async () => {
    const { url } = await product({ WHISPER_MODEL: 'no-such-model' }, 'nothing is starting');

    const readiness = (await (await fetch(`${url}/health/ready`)).json()) as {
      components: Record<string, object>;
    };
    const speech = await fetch(`${url}/tts?input=hello`);

    expect(readiness.components.transcription).toMatchObject({ status: 'down' });
    expect(speech.status).toBe(200);
    expect(await connect(url).start()).toMatchObject({ ok: false, code: 'worker_unavailable' });
  });
});
