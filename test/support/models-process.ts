import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fromProject } from '../../src/config/project-paths.js';

/** `npm run models` as a process of its own, built. */
export class ModelsProcess {
  /** What it printed, progress included. */
  output = '';
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;

  /** @param limits what the shell sets before it starts it, as `ulimit` */
  constructor(args: readonly string[], env: Record<string, string>, limits = '') {
    const command = [process.execPath, fromProject('dist/models/main.js'), ...args];
    const child = spawn('sh', ['-c', `${limits} exec "$@"`, 'sh', ...command], {
      env: { PATH: process.env.PATH, PARLEY_ENV_FILE: 'none', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
    // `close` comes behind the last output.
    this.ended = once(child, 'close').then(([code]) => code as number | null);
  }

  /** Resolves when this was printed. */
  async says(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.output)) {
      const isOver = await Promise.race([
        once(this.child.stdout!, 'data').then(() => false),
        this.ended.then(() => true),
      ]);
      if (isOver && !pattern.test(this.output)) throw new Error(`It ended without it: ${this.output}`);
    }
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
