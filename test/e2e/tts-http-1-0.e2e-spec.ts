import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { bytesOf, postJson } from '../support/ask-speech.js';
import { mp3Frames } from '../support/audio-bodies.js';
import { answersWith, FakeOpenAiSpeech, stallsAfter } from '../support/fake-openai-speech.js';
import { describeWith, MACHINE_PATH, program } from '../support/programs.js';
import type { RunningApp } from '../support/start-app.js';
import { startSpeech } from '../support/start-speech.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

const FIRST = mp3Frames(10);

let upstream: FakeOpenAiSpeech;
let sut: RunningApp;

beforeAll(async () => {
  upstream = await FakeOpenAiSpeech.start();
  sut = await startSpeech(upstream, {
    SHUTDOWN_GRACE_MS: '50',
  });
});
afterEach(() => upstream.reset());
afterAll(async () => {
  await sut.close();
  await upstream.close();
});

/** A raw answer over HTTP/1.0, with what its connection ended with. */
async function ask(
  app: RunningApp,
  path: string,
  body: object,
): Promise<{ untilHeard: () => Promise<void>; bytes: () => Buffer; ending: Promise<string> }> {
  const json = JSON.stringify(body);
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const ending = new Promise<string>((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    socket.once('end', () => resolve('end'));
  });
  await once(socket, 'connect');
  socket.write(
    `POST ${path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
  );
  const bytes = (): Buffer => Buffer.concat(chunks);
  return {
    bytes,
    ending,
    untilHeard: () => waitFor(() => bodyOf(bytes()).length > 0, 'the first part of the body'),
  };
}

function bodyOf(answer: Buffer): Buffer {
  const at = answer.indexOf('\r\n\r\n');
  return at === -1 ? Buffer.alloc(0) : answer.subarray(at + 4);
}

describe('a speech over HTTP/1.0', () => {
  it('is whole when its connection ends in good order', async () => {
    upstream.script = answersWith([FIRST, FIRST]);
    const answer = await ask(sut, '/tts', { input: 'hello' });

    expect(await answer.ending).toBe('end');
    expect(bodyOf(answer.bytes())).toEqual(Buffer.concat([FIRST, FIRST]));
  });

  it('ends with a reset when the service is cut', async () => {
    upstream.script = stallsAfter([FIRST]);
    const answer = await ask(sut, '/tts', { input: 'hello' });
    await answer.untilHeard();
    (await upstream.nextCall()).response.destroy();

    expect(await answer.ending).toBe('ECONNRESET');
  });

  it('says in its events that it is not complete', async () => {
    upstream.script = stallsAfter([FIRST]);
    const body = { input: 'hello', model: 'm', voice: 'nova', stream_format: 'sse' };
    const answer = await ask(sut, '/v1/audio/speech', body);
    await answer.untilHeard();
    (await upstream.nextCall()).response.destroy();

    expect(await answer.ending).toBe('end');
    const events = bodyOf(answer.bytes()).toString('utf8').trim().split('\n\n');
    expect(events.at(-1)).toContain('provider_failed');
    expect(events.join()).not.toContain('speech.audio.done');
  });

  it.each([
    ['/tts', { input: 'hello' }, 'ECONNRESET'],
    ['/v1/audio/speech', { input: 'hello', model: 'm', voice: 'nova', stream_format: 'sse' }, 'end'],
  ])('of %s %j does not look complete when the server has to go', async (path, body, ending) => {
    const leaving = await startSpeech(upstream, {
      SHUTDOWN_GRACE_MS: '50',
    });
    upstream.script = stallsAfter([FIRST]);
    const answer = await ask(leaving, path, body);
    await answer.untilHeard();
    await leaving.close();

    expect(await answer.ending).toBe(ending);
    const text = bodyOf(answer.bytes()).toString('latin1');
    expect(text).not.toContain('speech.audio.done');
    expect(text.includes('shutting_down')).toBe(ending === 'end');
  });
});

describeWith('nginx')('a speech behind nginx, which asks over HTTP/1.0 unless it is told otherwise', () => {
  let folder: TemporaryFolder;
  let url: string;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    await mkdir(join(folder.path, 'logs'));
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${join(folder.path, kind)};`,
    );
    const configuration = [
      `daemon off; pid ${join(folder.path, 'pid')}; error_log ${join(folder.path, 'logs/error.log')};`,
      'events { worker_connections 64; }',
      `http { access_log off; ${temporary.join(' ')}`,
      `server { listen 127.0.0.1:${port}; location / { proxy_pass ${sut.url}; } } }`,
    ];
    const file = join(folder.path, 'nginx.conf');
    await writeFile(file, configuration.join('\n'));
    const nginx = spawn(program('nginx')!, ['-p', folder.path, '-c', file], {
      stdio: 'ignore',
      env: { PATH: MACHINE_PATH },
    });
    const exited = once(nginx, 'exit');
    stop = async () => {
      nginx.kill('SIGTERM');
      await exited;
    };
    await waitFor(
      () =>
        fetch(url)
          .then(() => true)
          .catch(() => false),
      'nginx to answer',
    );
  });
  afterAll(async () => {
    await stop();
    await folder.remove();
  });

  it('arrives', async () => {
    upstream.script = answersWith([FIRST, FIRST]);

    expect(await bytesOf(await postJson(`${url}/tts`, { input: 'hello' }))).toHaveLength(2 * FIRST.length);
  });

  it('does not look complete when the service is cut', async () => {
    upstream.script = stallsAfter([FIRST]);
    const response = await postJson(`${url}/tts`, { input: 'hello' });
    const reader = response.body!.getReader();
    await reader.read();
    (await upstream.nextCall()).response.destroy();
    const rest = async (): Promise<void> => {
      while (!(await reader.read()).done);
    };

    await expect(rest()).rejects.toThrow('terminated');
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
