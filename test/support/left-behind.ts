import { readdirSync, readFileSync } from 'node:fs';

/** A process that somebody has to end, as `ps` shows it. */
export interface ProcessEntry {
  pid: number;
  parent: number;
  command: string;
}

/** All processes below this one, its children and theirs. Linux only. */
export function processesBelow(pid: number): ProcessEntry[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => entryOf(Number(name)) ?? []);
  const below = (parent: number): ProcessEntry[] =>
    all.filter((each) => each.parent === parent).flatMap((each) => [each, ...below(each.pid)]);
  return below(pid);
}

/** Those of the processes that still run. One that has ended and that nobody has asked for its exit code does not. */
export function stillRunning(processes: readonly ProcessEntry[]): ProcessEntry[] {
  return processes.filter(({ pid, command }) => entryOf(pid)?.command === command);
}

function entryOf(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(parent), command };
  } catch {
    return undefined;
  }
}
