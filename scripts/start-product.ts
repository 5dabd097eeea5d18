import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readiness } from '../src/health/readiness.js';

export interface RunningProduct {
  url: string;
  pid: number;
  /** SIGTERM; gives the exit code. */
  stop(): Promise<number | null>;
}

const START_DEADLINE_MS = 60_000;

/** Said outright, so that a developer's own `.env` changes nothing. */
const DEMO = {
  PORT: '0',
  HOST: '127.0.0.1',
  LOG_FORMAT: 'json',
  LOG_LEVEL: 'info',
  PROFILE: 'demo',
  TTS_PROVIDER: 'espeak',
  CHAT_PROVIDER: 'scripted',
  WHISPER_ENGINE: 'sherpa',
  WHISPER_MODEL: 'demo',
};

/**
 * Starts the built gateway on a free port as a child process, as `npm start` does, and waits until it is ready.
 * @param variables environment on top of the demo's; nothing else of the caller's environment is passed on
 */
export async function startProduct(variables: NodeJS.ProcessEnv = {}): Promise<RunningProduct> {
  const child = spawn(process.execPath, ['dist/main.js'], {
    env: { ...DEMO, PATH: process.env.PATH, HOME: process.env.HOME, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async (): Promise<number | null> => {
    if (child.exitCode !== null) return child.exitCode;
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  };
  try {
    const url = await Promise.race([listening(child.stdout), exited(child), overdue()]);
    await Promise.race([ready(url), overdue()]);
    return { url, pid: child.pid!, stop };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

async function listening(log: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface({ input: log });
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      const entry = line.startsWith('{') ? (JSON.parse(line) as { msg?: string; url?: string }) : {};
      if (entry.msg === 'Parley is listening') resolve(entry.url!);
    });
  });
}

async function ready(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/health/ready`);
    const { status } = (await response.json()) as Readiness;
    if (status === 'ready') return;
    await sleep(100);
  }
}

async function exited(child: ReturnType<typeof spawn>): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number | null];
  throw new Error(`The product ended with exit code ${code} before it listened`);
}

async function overdue(): Promise<never> {
  await sleep(START_DEADLINE_MS, undefined, { ref: false });
  throw new Error(`The product was not ready within ${START_DEADLINE_MS} ms`);
}
