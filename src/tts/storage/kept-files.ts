import { createHash } from 'node:crypto';
import cacache from 'cacache';
import { sweep } from './sweep.js';

/** A file on disk and what is remembered of it. */
export interface KeptFile {
  key: string;
  bytes: number;
  /** Content address, a hash as in Subresource Integrity. Equal files of two keys are one on disk. */
  integrity: string;
  path: string;
  /** In ms since 1970. */
  keptAt: number;
  metadata: unknown;
}

/** Its types do not know the option, without which the index file stays and grows by a mark. */
const removeEntry = cacache.rm.entry as (
  dir: string,
  key: string,
  options: { removeFully: boolean },
) => Promise<unknown>;

/**
 * Files under keys in one folder, by cacache: content-addressed, written atomically, checked when read. It appends to its index for
 * ever and does not know when the last user of a content has gone; here a removed key leaves nothing behind. Changes are made one after
 * the other, so that none removes what another one is about to use.
 */
export class KeptFiles {
  /** Content by key. */
  private readonly contents = new Map<string, string>();
  /** How many keys use a content. */
  private readonly users = new Map<string, number>();
  private lastChange: Promise<unknown> = Promise.resolve();

  constructor(private readonly dir: string) {}

  /** Takes up what an earlier process left, the oldest first, and clears away what nothing refers to. */
  open(): Promise<KeptFile[]> {
    return this.inTurn(async () => {
      const entries = Object.values(await cacache.ls(this.dir).catch(() => ({})));
      const kept = entries.map(toKeptFile).toSorted((a, b) => a.keptAt - b.keptAt);
      for (const { key, integrity } of kept) this.use(key, integrity);
      await sweep(this.dir, kept);
      return kept;
    });
  }

  /** Rejects with the system's error when the disk takes nothing. */
  write(key: string, file: Buffer, metadata: object): Promise<KeptFile> {
    return this.inTurn(async () => {
      await this.removeNow(key);
      this.use(key, `sha512-${createHash('sha512').update(file).digest('base64')}`);
      try {
        await cacache.put(this.dir, key, file, { metadata });
        const entry = await cacache.get.info(this.dir, key);
        // cacache says nothing when it cannot write its index.
        if (entry === null) throw Object.assign(new Error('The index was not written'), { code: 'ENOENT' });
        return toKeptFile(entry);
      } catch (error) {
        await this.removeNow(key).catch(() => undefined);
        throw error;
      }
    });
  }

  /** Rejects when the file has gone or is not what was written. */
  async read(key: string): Promise<{ file: Buffer; integrity: string; metadata: unknown }> {
    const { data, integrity, metadata } = await cacache.get(this.dir, key);
    return { file: data, integrity, metadata: metadata as unknown };
  }

  remove(key: string): Promise<void> {
    return this.inTurn(() => this.removeNow(key));
  }

  /** Removes the content as well, whoever else uses it: it is damaged, and would not be written anew where it is. */
  removeDamaged(key: string): Promise<void> {
    return this.inTurn(async () => {
      const content = this.contents.get(key);
      await this.removeNow(key);
      if (content !== undefined) await cacache.rm.content(this.dir, content);
    });
  }

  /** Waits for the changes that are under way. */
  async settle(): Promise<void> {
    await this.lastChange;
  }

  private async removeNow(key: string): Promise<void> {
    const content = this.contents.get(key);
    if (content === undefined) return;
    this.contents.delete(key);
    const users = (this.users.get(content) ?? 1) - 1;
    if (users > 0) this.users.set(content, users);
    else this.users.delete(content);
    await removeEntry(this.dir, key, { removeFully: true });
    if (users <= 0) await cacache.rm.content(this.dir, content);
  }

  private use(key: string, content: string): void {
    this.contents.set(key, content);
    this.users.set(content, (this.users.get(content) ?? 0) + 1);
  }

  private inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.lastChange.then(change);
    this.lastChange = result.catch(() => undefined);
    return result;
  }
}

function toKeptFile({ key, integrity, path, size, time, metadata }: cacache.CacheObject): KeptFile {
  return { key, integrity, path, bytes: size ?? 0, keptAt: time, metadata: metadata as unknown };
}

/** The system's name of what went wrong. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
}
