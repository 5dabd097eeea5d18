import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second of `/proc`. */
const TICKS_PER_SECOND = 100;

export interface ProcessCost {
  cpuSeconds: number;
  rssMb: number;
}

/** CPU time and resident memory of a process and all its descendants (Linux). */
export function costOfTree(pid: number): ProcessCost {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        const stat = readStat(Number(name));
        return stat ? [[Number(name), stat] as const] : [];
      }),
  );
  const tree = [pid];
  for (const each of tree) for (const [child, { parent }] of parents) if (parent === each) tree.push(child);
  const stats = tree.flatMap((each) => parents.get(each) ?? []);
  return {
    cpuSeconds: stats.reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND,
    rssMb: stats.reduce((sum, { pages }) => sum + pages, 0) * (4_096 / 1e6),
  };
}

function readStat(pid: number): { parent: number; ticks: number; pages: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in brackets may hold blanks; fields are counted behind it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return {
      parent: Number(fields[1]),
      ticks: Number(fields[11]) + Number(fields[12]),
      pages: Number(fields[21]),
    };
  } catch {
    return undefined;
  }
}
