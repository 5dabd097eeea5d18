/** What processes take, read from `/proc`: Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second of `/proc`; fixed by the kernel's ABI. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

export interface TreeCost {
  /** Of the process and all its descendants, including those that have ended. */
  cpuSeconds: number;
  /** Resident set sizes, added up. */
  residentBytes: number;
  /** Proportional set sizes, added up: code that several processes share counts once. */
  proportionalBytes: number;
}

export function costOfTree(root: number): TreeCost {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const fields = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (fields) parents.set(Number(name), fields[1]!);
  }
  const tree = [root];
  for (const each of tree) for (const [child, parent] of parents) if (parent === each) tree.push(child);
  const cost = { cpuSeconds: 0, residentBytes: 0, proportionalBytes: 0 };
  for (const pid of tree) {
    const stat = statOf(pid) ?? [];
    // utime, stime, and both again of children that were waited for.
    cost.cpuSeconds += stat.slice(11, 15).reduce((sum, field) => sum + field, 0) / TICKS_PER_SECOND;
    cost.residentBytes += (stat[21] ?? 0) * PAGE_BYTES;
    cost.proportionalBytes += kilobytesOf('Pss', read(`/proc/${pid}/smaps_rollup`)) * 1_024;
  }
  return cost;
}

/** CPU time of all threads of a process so far, in microseconds. */
export function cpuMicroseconds(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((task) =>
    Number(read(`/proc/${pid}/task/${task}/schedstat`)?.split(' ')[0] ?? 0),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1_000;
}

/** Resident memory of one process, in MB. */
export function residentMegabytes(pid: number): number {
  return kilobytesOf('VmRSS', read(`/proc/${pid}/status`)) / 1_024;
}

/** Milliseconds since the epoch with a fraction, on a clock that all processes of this machine share. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** The fields behind the name, which is in brackets and may hold blanks. */
function statOf(pid: number): number[] | undefined {
  const text = read(`/proc/${pid}/stat`);
  return text
    ?.slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
}

function kilobytesOf(field: string, text = ''): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
}

/** Undefined for a process or thread that has ended meanwhile. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
