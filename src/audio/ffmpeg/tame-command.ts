import type { ChildProcess, SpawnOptions } from 'node:child_process';
import type { FfmpegCommand } from 'fluent-ffmpeg';

/** Where a child finds the file that it has inherited, opened anew and so from its beginning (Linux). */
export const INHERITED_FILE = '/dev/fd/3';

/**
 * What a child needs to run and to find its libraries. Nothing else of ours: what it reads comes from strangers, and our environment
 * holds the keys of providers and callers.
 */
const PASSED_ON = ['PATH', 'LANG', 'LC_ALL', 'TMPDIR', 'LD_LIBRARY_PATH', 'SystemRoot'];

type Rings = [stdout?: LinesRing, stderr?: LinesRing];
type OnProcess = (child: ChildProcess, ...rings: Rings) => void;
type OnEnd = (error: Error | null, ...rings: Rings) => void;
type SpawnFfmpeg = (args: string[], options: SpawnOptions, onProcess: OnProcess, onEnd: OnEnd) => void;

interface LinesRing {
  get(): string;
}
const NO_LINES: LinesRing = { get: () => '' };

/**
 * fluent-ffmpeg gives its process the whole environment; it throws where nobody can catch it when a process cannot be started (there
 * are too many, or no program any more); and it would start three more processes to look our formats and codecs up, which are part of
 * every build, and whose list it cannot read since ffmpeg 7 added a column. See docs/decisions/2026-11-26-fluent-ffmpeg.md.
 * @param file descriptor that the process inherits
 */
export function tame(command: FfmpegCommand, file?: number): void {
  const { _spawnFfmpeg: spawnFfmpeg } = command as unknown as { _spawnFfmpeg: SpawnFfmpeg };
  const stdio: SpawnOptions['stdio'] = ['pipe', 'pipe', 'pipe', ...(file === undefined ? [] : [file])];
  const spawnTamed: SpawnFfmpeg = (args, options, onProcess, onEnd) =>
    spawnFfmpeg.call(
      command,
      args,
      { ...options, env: childEnvironment(), stdio },
      (child, ...rings) => child.once('spawn', () => onProcess(child, ...rings)),
      (error, stdout = NO_LINES, stderr = NO_LINES) => onEnd(error, stdout, stderr),
    );
  Object.assign(command, {
    _checkCapabilities: (done: () => void) => done(),
    availableEncoders: (done: (error: null, encoders: object) => void) => done(null, {}),
    _spawnFfmpeg: spawnTamed,
  });
}

function childEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    PASSED_ON.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined),
  );
}
