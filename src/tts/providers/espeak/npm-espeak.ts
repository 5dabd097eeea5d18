import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Caller } from '../../../auth/caller.js';
import type { TenantConcurrencyLimit } from '../../../common/limits/concurrency-limit.js';
import { PROJECT_DIR } from '../../../config/project-paths.js';
import type { EspeakEngine, EspeakJob, EspeakVoice } from './espeak-engine.js';
import { EspeakProcesses, outputOf } from './espeak-processes.js';
import type { NpmEspeakTask } from './npm-espeak.process.js';
import type { SpeechProcess } from './read-process.js';

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
  private readonly processes: EspeakProcesses;
  private spare: SpeechProcess | undefined;
  private readonly closing = new AbortController();

  constructor(concurrency: TenantConcurrencyLimit) {
    this.processes = new EspeakProcesses(concurrency);
  }

  speak(job: EspeakJob, signal: AbortSignal, caller: Caller): AsyncIterable<Uint8Array> {
    return this.processes.speak(() => this.nextProcess(), taskOf(job), signal, caller);
  }

  async voices(): Promise<readonly EspeakVoice[]> {
    return JSON.parse(await outputOf(this.nextProcess(), taskOf(null), this.closing.signal)) as EspeakVoice[];
  }

  close(): void {
    this.closing.abort();
    this.spare?.kill('SIGKILL');
    this.spare = undefined;
  }

  private nextProcess(): SpeechProcess {
    const child = this.spare ?? start();
    this.spare = undefined;
    if (!this.closing.signal.aborted) this.keepSpare();
    return child;
  }

  private keepSpare(): void {
    const spare = start();
    const forget = (): void => {
      if (this.spare === spare) this.spare = undefined;
    };
    spare.once('error', forget).once('exit', forget);
    // Nothing of an idle process may hold the server's exit up.
    spare.unref();
    this.spare = spare;
  }
}

function taskOf(job: EspeakJob | null): string {
  return JSON.stringify({ job } satisfies NpmEspeakTask);
}

/** Without our environment: the engine needs none of the keys in it. */
function start(): SpeechProcess {
  return spawn(process.execPath, [...(IS_SOURCE ? ['--import', 'tsx'] : []), CHILD], {
    cwd: PROJECT_DIR,
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}
