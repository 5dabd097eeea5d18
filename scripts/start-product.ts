import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROJECT_DIR } from '../src/config/project-paths.js';

export interface RunningProcess {
  /** Base address without a trailing slash. */
  url: string;
  pid: number;
  /** What it has written so far, on both of its streams. */
  output(): string;
  /** Resolves with the exit code once it has ended; null when a signal has ended it. */
  ended: Promise<number | null>;
  /** SIGTERM; gives the exit code. */
  stop(): Promise<number | null>;
}

const START_DEADLINE_MS = 60_000;

/** Said outright; nothing comes from a developer's `.env`. */
const DEMO = {
  PARLEY_ENV_FILE: 'none',
  PORT: '0',
  HOST: '127.0.0.1',
  LOG_FORMAT: 'json',
  LOG_LEVEL: 'info',
  PROFILE: 'demo',
  TTS_PROVIDER: 'espeak',
  CHAT_PROVIDER: 'scripted',
  WHISPER_ENGINE: 'sherpa',
  // The quick and exact models of the tests.
  WHISPER_MODEL: join(PROJECT_DIR, 'test/fixtures/models/sixty-words'),
  // Not one for each core of whatever machine this is.
  WHISPER_LANES: '2',
};

export type ReadyWhen = 'all components are ok' | 'nothing is starting';

/**
 * Starts the built gateway on a free port as a child process, as `npm start` does, and waits until it is ready.
 * @param variables environment on top of the demo's; nothing else of the caller's environment is passed on
 * @param project folder of the build
 */
export async function startProduct(
  variables: NodeJS.ProcessEnv = {},
  readyWhen: ReadyWhen = 'all components are ok',
  project = PROJECT_DIR,
): Promise<RunningProcess> {
  const isReady = readyWhen === 'all components are ok' ? isOk : isSettled;
  return startProcess(
    join(project, 'dist/main.js'),
    'Parley is listening',
    { ...DEMO, ...variables },
    isReady,
  );
}

/** Starts the built Whisper worker on a free port, as the compose file does. */
export async function startWorker(
  variables: NodeJS.ProcessEnv = {},
  project = PROJECT_DIR,
): Promise<RunningProcess> {
  const environment = { ...DEMO, WHISPER_WORKER_PORT: '0', ...variables };
  return startProcess(
    join(project, 'dist/whisper-worker/main.js'),
    'Whisper worker is listening',
    environment,
    isOk,
  );
}

async function startProcess(
  entry: string,
  announcement: string,
  environment: NodeJS.ProcessEnv,
  isReady: (response: Response) => Promise<boolean>,
): Promise<RunningProcess> {
  const child = spawn(process.execPath, [entry], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stderr.pipe(process.stderr, { end: false });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  try {
    const url = await Promise.race([listening(child.stdout, announcement), exited(child), overdue()]);
    await Promise.race([becomes(url, isReady), exited(child), overdue()]);
    return { url, pid: child.pid!, output: () => output, ended, stop: () => stop(child) };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** Waits for the log entry that says where the process listens: its `url`, or its `port` on loopback. */
async function listening(log: Readable, announcement: string): Promise<string> {
  return new Promise((resolve) => {
    createInterface({ input: log }).on('line', (line) => {
      const entry = line.startsWith('{')
        ? (JSON.parse(line) as { msg?: string; url?: string; port?: number })
        : {};
      // Listening on every address is announced as such; this machine reaches it on loopback.
      const url = entry.url?.replace(/\/\/(0\.0\.0\.0|\[::\]|\[::1\])/, '//127.0.0.1');
      if (entry.msg === announcement) resolve(url ?? `http://127.0.0.1:${entry.port}`);
    });
  });
}

async function becomes(url: string, isReady: (response: Response) => Promise<boolean>): Promise<void> {
  while (!(await isReady(await fetch(`${url}/health/ready`)))) await sleep(50);
}

async function isOk(response: Response): Promise<boolean> {
  await response.arrayBuffer();
  return response.ok;
}

async function isSettled(response: Response): Promise<boolean> {
  const { components } = (await response.json()) as { components: Record<string, { status: string }> };
  return Object.values(components).every(({ status }) => status !== 'starting');
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  return child.exitCode;
}

async function exited(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number | null];
  throw new Error(`The process ended with exit code ${code} before it was ready`);
}

async function overdue(): Promise<never> {
  await sleep(START_DEADLINE_MS, undefined, { ref: false });
  throw new Error(`The process was not ready within ${START_DEADLINE_MS} ms`);
}
