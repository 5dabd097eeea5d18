import type { Caller } from '../../../auth/caller.js';
import type { TenantConcurrencyLimit } from '../../../common/limits/concurrency-limit.js';
import { readProcess, type SpeechProcess } from './read-process.js';

/**
 * The processes of one engine, so many at once. A place is taken when a process is asked for and given back when that process has
 * ended, so it cannot be lost by a reader that stops in the middle.
 */
export class EspeakProcesses {
  constructor(private readonly concurrency: TenantConcurrencyLimit) {}

  /** @throws OverloadedError at the first read, when there is no place for the caller */
  speak(
    start: () => SpeechProcess,
    input: string,
    signal: AbortSignal,
    { tenantId }: Caller,
    toSamples?: (chunk: Uint8Array) => Uint8Array,
  ): AsyncIterable<Uint8Array> {
    return readProcess(() => this.start(start, tenantId), input, signal, toSamples);
  }

  private start(start: () => SpeechProcess, tenantId: string): SpeechProcess {
    const release = this.concurrency.acquire(tenantId);
    try {
      // One of both events comes in any case; without a start there is only the error.
      return start().once('exit', release).once('error', release);
    } catch (error) {
      release();
      throw error;
    }
  }
}

/** What a process that speaks nothing writes: a list of voices. It takes no place; it is asked once. */
export async function outputOf(
  child: SpeechProcess,
  input: string,
  signal = new AbortController().signal,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readProcess(() => child, input, signal)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
