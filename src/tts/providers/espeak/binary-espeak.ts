import { spawn } from 'node:child_process';
import type { Caller } from '../../../auth/caller.js';
import type { TenantConcurrencyLimit } from '../../../common/limits/concurrency-limit.js';
import type { EspeakEngine, EspeakJob, EspeakVoice } from './espeak-engine.js';
import { EspeakProcesses, outputOf } from './espeak-processes.js';
import type { SpeechProcess } from './read-process.js';
import { skipWavHeader } from './skip-wav-header.js';

/** A row of `espeak-ng --voices`: priority, language, age and gender, name, identifier, other languages as `(zh 5)(yue 8)`. */
const ROW = /^\s*(\d+)\s+(\S+)\s+\S+\s+\S+\s+(\S+)(.*)$/;
const OTHER_LANGUAGE = /\((\S+)\s+(\d+)\)/g;

/** An espeak-ng binary: one process per text, which comes by stdin, so that it can never be read as an option. */
export class BinaryEspeak implements EspeakEngine {
  readonly build = 'binary';
  readonly readsMarkup = false;
  private readonly processes: EspeakProcesses;

  constructor(
    private readonly path: string,
    concurrency: TenantConcurrencyLimit,
  ) {
    this.processes = new EspeakProcesses(concurrency);
  }

  speak(
    { text, voice, wordsPerMinute }: EspeakJob,
    signal: AbortSignal,
    caller: Caller,
  ): AsyncIterable<Uint8Array> {
    const options = ['--stdin', '--stdout', '-b', '1', '-v', voice, '-s', String(wordsPerMinute)];
    return this.processes.speak(() => this.start(options), text, signal, caller, skipWavHeader());
  }

  async voices(): Promise<readonly EspeakVoice[]> {
    const table = await outputOf(this.start(['--voices']), '');
    return table.split('\n').flatMap((row) => toVoice(row) ?? []);
  }

  close(): void {
    // Nothing is kept ready: a process starts in milliseconds.
  }

  private start(options: string[]): SpeechProcess {
    return spawn(this.path, options, { env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
  }
}

/** Undefined for the heading. */
function toVoice(row: string): EspeakVoice | undefined {
  const [, priority, name, identifier, others = ''] = ROW.exec(row) ?? [];
  if (name === undefined || identifier === undefined) return undefined;
  const languages = [{ name, priority: Number(priority) }];
  for (const [, other = '', rank] of others.matchAll(OTHER_LANGUAGE))
    languages.push({ name: other, priority: Number(rank) });
  return { identifier, languages };
}
