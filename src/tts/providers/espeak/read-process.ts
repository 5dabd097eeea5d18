import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { ProviderFailedError } from '../../../common/errors/provider-errors.js';

/** Logged by its name and code, so it says how the process ended. */
class ProcessFailure extends Error {
  override readonly name = 'EspeakEnded';

  /** @param code its exit code, or the signal that ended it */
  constructor(readonly code: number | string | null) {
    super('espeak-ng ended early');
  }
}

export type SpeechProcess = ChildProcessByStdio<Writable, Readable, null>;

/**
 * Starts a process at the first read, gives it `input` and yields what it writes, at the reader's pace. The process is killed when the
 * iteration is left or `signal` aborts; an exit code other than 0 is a failure.
 * @param toSamples what to yield of each chunk of the output
 */
export async function* readProcess(
  start: () => SpeechProcess,
  input: string,
  signal: AbortSignal,
  toSamples = (chunk: Uint8Array): Uint8Array => chunk,
): AsyncGenerator<Uint8Array> {
  const child = start();
  const closed = once(child, 'close');
  // Whether the process could not start or ended early is told by its exit, not by the pipe to it.
  closed.catch(() => undefined);
  child.stdin.on('error', () => undefined);
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  try {
    signal.throwIfAborted();
    child.stdin.end(input);
    for await (const chunk of child.stdout) yield toSamples(chunk as Buffer);
    signal.throwIfAborted();
    const [exitCode, signalName] = (await closed) as [number | null, string | null];
    if (exitCode !== 0) throw new ProcessFailure(exitCode ?? signalName);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new ProviderFailedError('The speech engine failed.', { cause: error });
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
  }
}
