import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';

const START_DEADLINE_MS = 90_000;

/** Peers load what lies on this machine and ask nobody. */
const OFFLINE = { HF_HUB_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1' };

export function driver(file: string): string {
  return fileURLToPath(new URL(`peers/${file}`, import.meta.url));
}

/** A peer's process; it and what it says last are remembered for the reason of a failure. */
export class PythonProcess {
  readonly child: ChildProcess;
  private lastWords = '';

  constructor(python: string, args: readonly string[]) {
    this.child = spawn(python, args, {
      env: { ...process.env, ...OFFLINE },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stderr!.on('data', (data: Buffer) => {
      this.lastWords = (this.lastWords + data.toString()).slice(-4_000);
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Rejects with what the process said when it ends or is late before `ready`. */
  async until<T>(ready: Promise<T>): Promise<T> {
    const ended = once(this.child, 'exit').then(() => {
      throw new Error(this.lastWords.trim().split('\n').at(-1) || 'it ended without a word');
    });
    const late = sleep(START_DEADLINE_MS, undefined, { ref: false }).then(() => {
      throw new Error(`not ready within ${START_DEADLINE_MS} ms`);
    });
    try {
      return await Promise.race([ready, ended, late]);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A connection to a server that may still be starting. */
export async function connectWhenUp(url: string): Promise<WebSocket> {
  for (;;) {
    const socket = new WebSocket(url);
    try {
      await once(socket, 'open');
      return socket;
    } catch {
      await sleep(200);
    }
  }
}
