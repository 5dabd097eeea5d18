import { readdirSync, readFileSync } from 'node:fs';

/** The ids of the running children of this process. Linux only. */
export function childProcesses(): number[] {
  return readdirSync('/proc/self/task').flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}

/** Resolves when no child is left; a test that waits in vain ends by its timeout. */
export async function noChildProcesses(): Promise<void> {
  while (childProcesses().length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}
