import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Places } from '../../../common/limits/places.js';
import { PROJECT_DIR } from '../../../config/project-paths.js';
import type { EspeakEngine, EspeakJob } from './espeak-engine.js';
import type { NpmEspeakTask } from './npm-espeak.process.js';
import { readProcess, type SpeechProcess } from './read-process.js';

/** Run from the sources (tests), the child needs the loader for TypeScript. */
const IS_SOURCE = import.meta.url.endsWith('.ts');
const CHILD = fileURLToPath(
  new URL(IS_SOURCE ? 'npm-espeak.process.ts' : 'npm-espeak.process.js', import.meta.url),
);

/**
 * The npm-supplied WebAssembly build. One process does one job, so that it can be killed at any time and no text meets
 * another. Loading takes longer than speaking, so one process waits loaded for the next job; its stdin ends with ours, so
 * none outlives us.
 */
export class NpmEspeak implements EspeakEngine {
  readonly build = 'npm';
  readonly readsMarkup = true;
  private readonly places: Places;
  #spare: SpeechProcess | undefined;
  #isClosed = false;

  constructor(maxProcesses: number) {
    this.places = new Places(maxProcesses, 'espeak');
  }

  async *speak(job: EspeakJob, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    yield* this.run({ job }, signal);
  }

  async languages(): Promise<readonly string[]> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.run({ job: null }, new AbortController().signal)) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as string[];
  }

  close(): void {
    this.#isClosed = true;
    this.#spare?.kill('SIGKILL');
    this.#spare = undefined;
  }

  private async *run(task: NpmEspeakTask, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const leave = this.places.take();
    try {
      yield* readProcess(this.takeProcess(), JSON.stringify(task), signal);
    } finally {
      leave();
    }
  }

  private takeProcess(): SpeechProcess {
    const child = this.#spare ?? start();
    this.#spare = undefined;
    if (!this.#isClosed) this.keepSpare();
    return child;
  }

  private keepSpare(): void {
    const spare = start();
    const forget = (): void => {
      if (this.#spare === spare) this.#spare = undefined;
    };
    spare.once('error', forget).once('exit', forget);
    // Nothing of an idle process may hold the server's exit up.
    spare.unref();
    this.#spare = spare;
  }
}

/** Without our environment: the engine needs none of the keys in it. */
function start(): SpeechProcess {
  return spawn(process.execPath, [...(IS_SOURCE ? ['--import', 'tsx'] : []), CHILD], {
    cwd: PROJECT_DIR,
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}
