import type { SpawnOptions } from 'node:child_process';
import type { FfmpegCommand } from 'fluent-ffmpeg';

/** Where a child finds the file that it has inherited, opened anew and so from its beginning (Linux). */
export const INHERITED_FILE = '/dev/fd/3';

/**
 * What a child needs to run and to find its libraries. Nothing else of ours: what it reads comes from strangers, and our environment
 * holds the keys of providers and callers.
 */
const PASSED_ON = ['PATH', 'LANG', 'LC_ALL', 'TMPDIR', 'LD_LIBRARY_PATH', 'SystemRoot'];

type SpawnFfmpeg = (this: FfmpegCommand, args: string[], options: SpawnOptions, ...rest: unknown[]) => void;

/**
 * fluent-ffmpeg gives its process the whole environment. It would start three more processes to look our formats and codecs up,
 * which are part of every build; it cannot read the list of formats since ffmpeg 7 added a column, and throws where nobody can catch
 * it when a process fails. See docs/decisions/2026-11-26-fluent-ffmpeg.md.
 * @param file descriptor that the process inherits
 */
export function tame(command: FfmpegCommand, file?: number): void {
  const { _spawnFfmpeg: spawnFfmpeg } = command as unknown as { _spawnFfmpeg: SpawnFfmpeg };
  const stdio: SpawnOptions['stdio'] = ['pipe', 'pipe', 'pipe', ...(file === undefined ? [] : [file])];
  Object.assign(command, {
    _checkCapabilities: (done: () => void) => done(),
    availableEncoders: (done: (error: null, encoders: object) => void) => done(null, {}),
    _spawnFfmpeg: (args: string[], options: SpawnOptions, ...rest: unknown[]) =>
      spawnFfmpeg.call(command, args, { ...options, env: childEnvironment(), stdio }, ...rest),
  });
}

function childEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    PASSED_ON.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined),
  );
}
