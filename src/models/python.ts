import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelError } from './model-error.js';

/** What is kept of a script's complaints. */
const MAX_ERROR_CHARACTERS = 4_000;

/** A Python that has the packages that a script needs. */
export interface Python {
  /** @throws ModelError with the last line that the script complained with */
  run(args: readonly string[]): Promise<void>;
  remove(): Promise<void>;
}

export interface PythonSettings {
  /** An interpreter to use: it must have the packages. Without: `python3`, which gets them in an environment of its own where they are missing. */
  interpreter?: string;
  /** As pip takes them; the name before `=` is what is imported. */
  packages: readonly string[];
  say: (line: string) => void;
}

/** Finds an interpreter, or makes an environment in a temporary folder. @throws ModelError */
export async function findPython({ interpreter, packages, say }: PythonSettings): Promise<Python> {
  const python = interpreter ?? 'python3';
  const imports = packages.map((name) => name.replace(/[<>=].*/, '')).join(', ');
  const isThere = await run(python, ['-c', 'pass']).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    throw new ModelError(
      'conversion_failed',
      `${python} cannot be started. Install Python 3.10 or newer, or name an interpreter with --python.`,
    );
  }
  const hasPackages = await run(python, ['-c', `import ${imports}`]).then(
    () => true,
    () => false,
  );
  if (hasPackages) return { run: (args) => run(python, args), remove: () => Promise.resolve() };
  if (interpreter !== undefined) {
    throw new ModelError('conversion_failed', `${interpreter} lacks a package: it needs ${imports}.`);
  }
  return makeEnvironment(python, packages, say);
}

async function makeEnvironment(
  python: string,
  packages: readonly string[],
  say: (line: string) => void,
): Promise<Python> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-python-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    say(`Installing ${packages.join(', ')} into a temporary environment.`);
    await run(python, ['-m', 'venv', folder]);
    const own = join(folder, 'bin', 'python');
    await run(own, ['-m', 'pip', '--quiet', '--disable-pip-version-check', 'install', ...packages]);
    return { run: (args) => run(own, args), remove };
  } catch (error) {
    await remove();
    if (!(error instanceof ModelError)) throw error;
    throw new ModelError(
      'conversion_failed',
      `${packages.join(', ')} cannot be installed: ${error.message} Name an interpreter that has them with --python.`,
      { cause: error },
    );
  }
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-MAX_ERROR_CHARACTERS);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return;
  const last = complaint.trim().split('\n').at(-1) ?? '';
  throw new ModelError(
    'conversion_failed',
    last === ''
      ? `Python ended with ${code ?? 'a signal: is there enough memory?'}.`
      : `Python says: ${last}`,
  );
}
