import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fromProject } from '../../src/config/project-paths.js';
import { workerChildMessageSchema } from '../../src/whisper-protocol/child-messages.js';

/** A built Whisper worker with the fake engine as a process that tests may kill, freeze and start again on its port. */
export class WorkerProcess {
  private child: ChildProcess | undefined;
  private port = 0;

  get url(): string {
    return `ws://127.0.0.1:${this.port}/ws`;
  }

  async start(): Promise<void> {
    const child = fork(fromProject('dist/whisper-worker/main.js'), {
      execArgv: [],
      env: {
        PATH: process.env.PATH,
        PARLEY_ENV_FILE: 'none',
        LOG_LEVEL: 'silent',
        WHISPER_ENGINE: 'fake',
        WHISPER_WORKER_PORT: String(this.port),
        SHUTDOWN_GRACE_MS: '10000',
      },
    });
    this.child = child;
    const [message] = (await once(child, 'message')) as [unknown];
    this.port = workerChildMessageSchema.parse(message).port;
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** `kill -9`; resolves when the process is gone. */
  async kill(): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Resolves when the process has ended by itself. */
  async exited(): Promise<void> {
    const child = this.child!;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}
