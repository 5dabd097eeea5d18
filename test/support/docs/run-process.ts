import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. */
export async function runProcess(
  path: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Outcome> {
  const child = spawn(path, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const outcome: Outcome = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (outcome.stdout += chunk.toString('latin1')));
  child.stderr.on('data', (chunk: Buffer) => (outcome.stderr += chunk.toString()));
  [outcome.code] = (await once(child, 'close')) as [number | null];
  return outcome;
}
