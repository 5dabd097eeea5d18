import { fork, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from '@jest/globals';
import { configurationOf, type Configuration } from '../../src/configuration.js';
import { fromProject } from '../../src/config/project-paths.js';
import { EmbeddedWorker } from '../../src/transcription/providers/whisper/embedded-worker.js';
import { WORKER_POOL } from '../../src/transcription/providers/whisper/worker-pool.js';
import { codedSentences, heard, upTo } from '../support/coded-speech.js';
import { SpeakingClient } from '../support/speaking-client.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import '../support/quiet-logger.js';
import { waitFor } from '../support/wait-for.js';

const QUIET = { LOG_LEVEL: 'silent', LOG_FORMAT: 'json', WHISPER_ENGINE: 'fake', WHISPER_LANES: '1' };

function configOf(env: Record<string, string> = {}): Configuration {
  return configurationOf({ ...QUIET, ...env });
}

function launchWorker(env: NodeJS.ProcessEnv): ChildProcess {
  return fork(fromProject('dist/whisper-worker/main.js'), { env, execArgv: [], stdio: 'ignore' });
}

describe('the embedded worker', () => {
  let sut: EmbeddedWorker;

  afterEach(() => sut.beforeApplicationShutdown());

  async function isListening(): Promise<void> {
    await waitFor(async () => (await sut.health()).status === 'ok', 'the worker to be well');
  }

  it('is replaced when it hangs, however long its sockets stay open', async () => {
    sut = new EmbeddedWorker(configOf({ WHISPER_HUNG_MS: '2500' }));
    sut.onModuleInit();
    await isListening();
    const hung = sut.pid!;
    process.kill(hung, 'SIGSTOP');

    await waitFor(() => sut.pid !== undefined && sut.pid !== hung, 'another worker');

    await isListening();
    expect(() => process.kill(hung, 0)).toThrow(/ESRCH/);
  });

  it('is replaced when it hangs while it starts', async () => {
    const started: ChildProcess[] = [];
    sut = new EmbeddedWorker(configOf({ WHISPER_HUNG_MS: '2500' }), (env) => {
      const child = launchWorker(env);
      // The first one does not get as far as its first answer.
      if (started.length === 0) child.kill('SIGSTOP');
      started.push(child);
      return child;
    });
    sut.onModuleInit();

    await isListening();

    expect(started.length).toBeGreaterThan(1);
    expect(started[0]!.signalCode).toBe('SIGKILL');
  });

  it('is started again when its process could not be made, which no exit tells', async () => {
    let attempts = 0;
    sut = new EmbeddedWorker(configOf(), (env) => {
      attempts += 1;
      if (attempts === 1) return spawn('/nowhere/node', [], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      if (attempts === 2) throw new Error('spawn EAGAIN');
      return launchWorker(env);
    });
    sut.onModuleInit();

    await isListening();

    expect(attempts).toBe(3);
  });

  it('is not started again when it refuses its configuration, and readiness says why', async () => {
    let attempts = 0;
    sut = new EmbeddedWorker(configOf(), (env) => {
      attempts += 1;
      return launchWorker({ ...env, WHISPER_LANES: 'many' });
    });
    sut.onModuleInit();

    await waitFor(async () => (await sut.health()).status === 'down', 'the refusal');

    expect(await sut.health()).toMatchObject({ status: 'down', detail: { reason: /configuration/ } });
    expect(attempts).toBe(1);
  });
});

describe('a session at an embedded worker that hangs', () => {
  let running: RunningApp;
  let client: SpeakingClient;

  afterEach(async () => {
    client.close();
    await running.close();
  });

  it('gets every word once', async () => {
    running = await startApp({
      ...QUIET,
      FEATURES: 'transcription',
      WHISPER_HUNG_MS: '2500',
      WHISPER_SILENT_TIMEOUT_MS: '2500',
    });
    const pool = running.app.get<EmbeddedWorker>(WORKER_POOL);
    await waitFor(async () => (await pool.health()).status === 'ok', 'the worker');
    client = new SpeakingClient(running.url, { samples: codedSentences(1, 20) });
    expect(await client.start()).toMatchObject({ ok: true });
    await client.speak(6);
    process.kill(pool.pid!, 'SIGSTOP');

    await client.finish();

    expect(heard(client.text, 1)).toEqual({ numbers: upTo(20), foreign: [] });
    expect(client.errors).toEqual([]);
  });
});

describe('a project folder with a .env', () => {
  let folder: TemporaryFolder;
  let product: ChildProcess;

  afterEach(async () => {
    const exited = once(product, 'exit');
    product.kill('SIGTERM');
    await exited;
    await folder.remove();
  });

  it('whose HOST needs the API_KEYS of the environment does not keep the embedded worker from starting', async () => {
    folder = await temporaryFolder();
    await cp(fromProject('dist'), join(folder.path, 'dist'), { recursive: true });
    await cp(fromProject('package.json'), join(folder.path, 'package.json'));
    for (const name of ['node_modules', 'models', 'web', 'samples'])
      await symlink(fromProject(name), join(folder.path, name));
    await writeFile(join(folder.path, '.env'), 'HOST=0.0.0.0\nOPENAI_API_KEY=sk-of-the-provider\n');
    const hash = createHash('sha256').update('key').digest('hex');
    product = spawn(process.execPath, [join(folder.path, 'dist/main.js')], {
      env: {
        PATH: process.env.PATH,
        ...QUIET,
        LOG_LEVEL: 'info',
        PORT: '0',
        FEATURES: 'transcription',
        API_KEYS: `tenant:${hash}`,
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const port = await portOf(product);

    await waitFor(async () => {
      const response = await fetch(`http://127.0.0.1:${port}/health/ready`);
      return response.ok;
    }, 'readiness');
  });
});

async function portOf({ stdout }: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: stdout! })) {
    const { msg, url } = JSON.parse(line) as { msg?: string; url?: string };
    if (msg === 'Parley is listening') {
      stdout!.resume();
      return new URL(url!).port;
    }
  }
  throw new Error('The product ended before it listened');
}
