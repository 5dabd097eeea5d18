import { spawn } from 'node:child_process';
import { Places } from '../../../common/limits/places.js';
import type { EspeakEngine, EspeakJob } from './espeak-engine.js';
import { readProcess } from './read-process.js';
import { withoutWavHeader } from './without-wav-header.js';

/** An espeak-ng binary: one process per text, which comes by stdin, so that it can never be read as an option. */
export class BinaryEspeak implements EspeakEngine {
  readonly build = 'binary';
  readonly readsMarkup = false;
  private readonly places: Places;

  constructor(
    private readonly path: string,
    maxProcesses: number,
  ) {
    this.places = new Places(maxProcesses, 'espeak');
  }

  async *speak({ text, voice, wordsPerMinute }: EspeakJob, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const options = ['--stdin', '--stdout', '-b', '1', '-v', voice, '-s', String(wordsPerMinute)];
    yield* withoutWavHeader(this.run(options, text, signal));
  }

  /** The table of `espeak-ng --voices`: priority, language, age and gender, name, file, other languages. */
  async languages(): Promise<readonly string[]> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.run(['--voices'], '', new AbortController().signal)) chunks.push(chunk);
    const rows = Buffer.concat(chunks).toString('utf8').split('\n').slice(1);
    return [...new Set(rows.flatMap((row) => row.trim().split(/\s+/)[1] ?? []))];
  }

  close(): void {
    // Nothing is kept ready: a process starts in milliseconds.
  }

  private async *run(options: string[], input: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const leave = this.places.take();
    try {
      const child = spawn(this.path, options, { env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
      yield* readProcess(child, input, signal);
    } finally {
      leave();
    }
  }
}
