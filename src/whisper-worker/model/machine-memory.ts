import { readFile } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';

/** What this machine, or the container around this process, has. */
export function totalMemoryBytes(): number {
  return Math.min(totalmem(), containerBytes());
}

/**
 * What can be had without taking it from others.
 * @param ownBytes of this process and its children. The container counts its file cache as well, which makes room when asked.
 */
export function freeMemoryBytes(ownBytes: number): number {
  return Math.min(freemem(), containerBytes() - ownBytes);
}

/** Resident memory of processes together; undefined where the system does not tell (only Linux does). */
export async function residentBytes(pids: readonly (number | undefined)[]): Promise<number | undefined> {
  const each = await Promise.all(pids.filter((pid) => pid !== undefined).map(residentOf));
  const known = each.filter((bytes) => bytes !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, bytes) => sum + bytes, 0);
}

async function residentOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024;
}

function containerBytes(): number {
  // 0, or more than any machine has: there is no limit.
  return process.constrainedMemory() || Number.POSITIVE_INFINITY;
}
