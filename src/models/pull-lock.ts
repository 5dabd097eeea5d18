import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** A lock whose file is unchanged in so many reads, two heartbeats apart, has lost its holder. */
const STALE_READS = 5;

export interface LockSettings {
  /** How often the holder touches the file. */
  heartbeatMs: number;
  /** Another process holds the lock. Called once. */
  onWait: () => void;
  /** Ends the wait. */
  signal?: AbortSignal;
}

interface LockFile {
  owner: string;
  touchedAtMs: number;
}

/**
 * Lets one process at a time work in a folder. Its holder touches a file at every heartbeat, and a process that waits compares what
 * it reads with what it read before: process ids and clocks differ between the machines and containers that share a volume.
 */
export class PullLock {
  private readonly heartbeat: NodeJS.Timeout;
  private readonly _lost = new AbortController();

  private constructor(
    private readonly file: string,
    private readonly owner: string,
    heartbeatMs: number,
  ) {
    this.heartbeat = setInterval(() => {
      // A file system may fail for a moment. One that fails for good fails the download.
      this.touch().catch(() => undefined);
    }, heartbeatMs);
    this.heartbeat.unref();
  }

  /** Waits until the lock is free or stale. @throws AbortError of the signal */
  static async acquire(file: string, { heartbeatMs, onWait, signal }: LockSettings): Promise<PullLock> {
    const owner = randomUUID();
    let last: LockFile | undefined;
    for (let unchanged = 0; ;) {
      if (await create(file, owner)) return new PullLock(file, owner, heartbeatMs);
      const lock = await read(file);
      if (!lock) continue;
      if (lock.owner === owner) return new PullLock(file, owner, heartbeatMs);
      if (!last) onWait();
      const isSame = lock.owner === last?.owner && lock.touchedAtMs === last.touchedAtMs;
      unchanged = isSame ? unchanged + 1 : 0;
      last = lock;
      if (unchanged === STALE_READS) await replace(file, owner);
      await sleep(2 * heartbeatMs, undefined, signal && { signal });
    }
  }

  /** Aborts when another process found this lock stale and took it: its holder was stopped for long. */
  get lost(): AbortSignal {
    return this._lost.signal;
  }

  async release(): Promise<void> {
    clearInterval(this.heartbeat);
    if ((await read(this.file))?.owner === this.owner) await rm(this.file, { force: true });
  }

  private async touch(): Promise<void> {
    const lock = await read(this.file);
    const now = new Date();
    if (lock?.owner === this.owner) await utimes(this.file, now, now);
    else this._lost.abort(new Error('another process took over'));
  }
}

async function create(file: string, owner: string): Promise<boolean> {
  try {
    await writeFile(file, owner, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function read(file: string): Promise<LockFile | undefined> {
  try {
    const [owner, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return { owner, touchedAtMs: mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Writes the own name into a stale lock. Of several processes that do so at once the last one holds it, and each reads that at its
 * next look. The file exists all the while, so no newcomer finds the lock free.
 */
async function replace(file: string, owner: string): Promise<void> {
  const own = `${file}.${owner}`;
  await writeFile(own, owner);
  await rename(own, file);
}
