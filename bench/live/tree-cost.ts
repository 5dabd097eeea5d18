import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second of `/proc`; fixed by the kernel's ABI on Linux. */
const TICKS_PER_SECOND = 100;

export interface TreeCost {
  /** Of the process and all its descendants, those that have ended included. */
  cpuSeconds: number;
  /** Proportional set size, so that code shared by many processes counts once. */
  memoryBytes: number;
}

export function costOfTree(root: number): TreeCost {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const fields = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (fields) parents.set(Number(name), fields[1]!);
  }
  const tree = [root];
  for (const each of tree) for (const [child, parent] of parents) if (parent === each) tree.push(child);
  let ticks = 0;
  let memoryBytes = 0;
  for (const pid of tree) {
    // utime, stime, and both again of children that were waited for.
    ticks += (statOf(pid) ?? []).slice(11, 15).reduce((sum, field) => sum + field, 0);
    memoryBytes += shareOf(pid);
  }
  return { cpuSeconds: ticks / TICKS_PER_SECOND, memoryBytes };
}

/** The fields behind the name, which is in brackets and may hold blanks. */
function statOf(pid: number): number[] | undefined {
  const text = read(`/proc/${pid}/stat`);
  return text === undefined
    ? undefined
    : text
        .slice(text.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
}

function shareOf(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1] ?? 0) * 1_024;
}

/** Undefined for a process that has ended meanwhile. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
