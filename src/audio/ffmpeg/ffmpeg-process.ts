import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { PassThrough, type Readable } from 'node:stream';
import createCommand, { type FfmpegCommand } from 'fluent-ffmpeg';

/** Bytes on their way to or from a process: half a second of speech PCM. */
export const PIPE_BUFFER_BYTES = 16_384;

/** Where a child finds the file that it has inherited. Linux opens it anew there, so the child reads from its beginning. */
const INHERITED_FILE = '/dev/fd/3';

/**
 * The variables that a child gets: what it needs to run and to find its libraries. Its input comes from strangers, and our environment
 * holds the keys of providers and callers.
 */
const CHILD_VARIABLES = ['PATH', 'LANG', 'LC_ALL', 'TMPDIR', 'LD_LIBRARY_PATH', 'SystemRoot'];

export interface FfmpegTask {
  /** A stream that is piped to the process, or the descriptor of a file that it inherits. */
  input: Readable | number;
  inputOptions: readonly string[];
  outputOptions: readonly string[];
}

/** How a process ended: at the end of its input, by itself before, by a signal. `broken`: it did not start, or a stream of it failed. */
export type FfmpegExit = { reason: 'complete' } | { reason: 'failed' | 'killed' | 'broken'; error: Error };

/**
 * One ffmpeg. The only file that knows fluent-ffmpeg, whose private methods it replaces (`restrain`) and whose kill 20 ms after the
 * output has closed it prevents. See docs/decisions/2026-11-26-fluent-ffmpeg.md.
 */
export class FfmpegProcess {
  /** What the process writes. It never closes by itself: fluent-ffmpeg would kill a process that is about to exit. */
  readonly output = new PassThrough({ highWaterMark: PIPE_BUFFER_BYTES, autoDestroy: false });
  /** Resolves when the process has exited or is broken; never rejects. */
  readonly exit: Promise<FfmpegExit>;
  private readonly command: FfmpegCommand;
  private state: 'starting' | 'running' | 'killed' = 'starting';

  constructor(path: string, { input, inputOptions, outputOptions }: FfmpegTask) {
    const isFile = typeof input === 'number';
    this.command = createCommand()
      .setFfmpegPath(path)
      .input(isFile ? INHERITED_FILE : input)
      .inputOptions(['-hide_banner', '-loglevel error', ...inputOptions])
      .outputOptions([...outputOptions, '-flush_packets 1'])
      .output(this.output, { end: true });
    restrain(this.command, isFile ? [input] : []);
    this.command.on('start', () => this.onStart());
    this.exit = new Promise((resolve) => {
      this.command.once('end', () => resolve({ reason: 'complete' }));
      this.command.on('error', (error: Error) => resolve(exitBy(error)));
    });
    this.command.run();
  }

  kill(): void {
    // There is no process to kill before it has started; `onStart` kills it then.
    if (this.state === 'running') this.command.kill('SIGKILL');
    this.state = 'killed';
  }

  private onStart(): void {
    if (this.state === 'killed') this.command.kill('SIGKILL');
    else this.state = 'running';
  }
}

/** fluent-ffmpeg tells how a process ended in a message, and logs hold no messages: the code or the signal becomes a field. */
function exitBy(error: Error): FfmpegExit {
  const [, code, signal] = /exited with code (\d+)|killed with signal (\w+)/.exec(error.message) ?? [];
  if (code === undefined && signal === undefined) return { reason: 'broken', error };
  const how = signal === undefined ? `ended with code ${code}` : `was killed by ${signal}`;
  return {
    reason: signal === undefined ? 'failed' : 'killed',
    error: Object.assign(new Error(`ffmpeg ${how}`, { cause: error }), {
      name: 'FfmpegEnded',
      code: code ?? signal,
    }),
  };
}

type Lines = [stdout?: { get(): string }, stderr?: { get(): string }];
type OnProcess = (child: ChildProcess, ...lines: Lines) => void;
type OnEnd = (error: Error | null, ...lines: Lines) => void;
type SpawnFfmpeg = (args: string[], options: SpawnOptions, onProcess: OnProcess, onEnd: OnEnd) => void;
const NO_LINES = { get: () => '' };

/**
 * Replaces three private methods of a command: `_checkCapabilities` and `availableEncoders` would start three more processes to ask for
 * formats and codecs, and cannot read the answer of ffmpeg 7; `_spawnFfmpeg` would pass on the whole environment, and throw an error that
 * nobody can catch when a process cannot be started.
 * @param files descriptors that the process inherits, as 3 and up
 */
function restrain(command: FfmpegCommand, files: readonly number[]): void {
  const { _spawnFfmpeg: spawnFfmpeg } = command as unknown as { _spawnFfmpeg: SpawnFfmpeg };
  const spawnRestrained: SpawnFfmpeg = (args, options, onProcess, onEnd) =>
    spawnFfmpeg.call(
      command,
      args,
      { ...options, env: childEnvironment(), stdio: ['pipe', 'pipe', 'pipe', ...files] },
      (child, ...lines) => child.once('spawn', () => onProcess(child, ...lines)),
      (error, stdout = NO_LINES, stderr = NO_LINES) => onEnd(error, stdout, stderr),
    );
  Object.assign(command, {
    _checkCapabilities: (done: () => void) => done(),
    availableEncoders: (done: (error: null, encoders: object) => void) => done(null, {}),
    _spawnFfmpeg: spawnRestrained,
  });
}

function childEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    CHILD_VARIABLES.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined),
  );
}
