import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Looks of one who waits, with twice the beat between them, after which a lock that does not beat is a dead one's. */
const LOOKS = 5;

export interface LockSettings {
  /** How often a holder shows that it lives. */
  beatMs: number;
  /** Somebody else holds the lock. Called once. */
  onWait: () => void;
}

interface Sight {
  owner: string;
  beat: number;
}

/**
 * Lets one process at a time work in a folder. A file that the holder touches again and again, because neither process ids nor
 * clocks mean the same on machines and containers that share a volume: who waits goes by whether it changes, not by what it says.
 */
export class PullLock {
  private readonly timer: NodeJS.Timeout;
  private readonly _lost = new AbortController();

  private constructor(
    private readonly file: string,
    private readonly owner: string,
    beatMs: number,
  ) {
    this.timer = setInterval(() => {
      // A file system that fails for a moment is not the end; one that fails for good fails the download.
      this.beat().catch(() => undefined);
    }, beatMs);
    this.timer.unref();
  }

  /** Waits for its turn; one who died with the lock is waited for no longer than `LOOKS` looks. */
  static async take(file: string, { beatMs, onWait }: LockSettings): Promise<PullLock> {
    const owner = randomUUID();
    let last: Sight | undefined;
    for (let unchanged = 0; ;) {
      if (await create(file, owner)) return new PullLock(file, owner, beatMs);
      const sight = await look(file);
      if (!sight) continue;
      if (sight.owner === owner) return new PullLock(file, owner, beatMs);
      if (!last) onWait();
      unchanged = sight.owner === last?.owner && sight.beat === last.beat ? unchanged + 1 : 0;
      last = sight;
      if (unchanged === LOOKS) await takeOver(file, owner);
      await sleep(2 * beatMs);
    }
  }

  /** Aborts when another process took this one for dead, as it does with one that was stopped for long. */
  get lost(): AbortSignal {
    return this._lost.signal;
  }

  async release(): Promise<void> {
    clearInterval(this.timer);
    if ((await look(this.file))?.owner === this.owner) await rm(this.file, { force: true });
  }

  private async beat(): Promise<void> {
    const sight = await look(this.file);
    const now = new Date();
    if (sight?.owner === this.owner) await utimes(this.file, now, now);
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

async function look(file: string): Promise<Sight | undefined> {
  try {
    const [owner, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return { owner, beat: mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Puts one's own name in a dead one's place. Of several who do so at once the last one has it, which each of them sees when it looks
 * again. The file is there all the while, so that nobody who comes just then finds it free.
 */
async function takeOver(file: string, owner: string): Promise<void> {
  const own = `${file}.${owner}`;
  await writeFile(own, owner);
  await rename(own, file);
}
