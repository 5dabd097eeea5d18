import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What another process on the same folder may be writing right now is left alone. */
const SETTLED_MS = 3_600_000;

/**
 * Clears what cacache leaves behind: contents without a key (a crash between two steps), index files of keys that were removed, which
 * earlier versions only marked, and half-written files.
 */
export async function sweep(dir: string, kept: readonly { key: string; path: string }[]): Promise<void> {
  const names = await readdir(dir).catch(() => []);
  const folderOf = (prefix: string): string | undefined => names.find((name) => name.startsWith(prefix));
  const paths = new Set(kept.map(({ path }) => path));
  const keys = new Set(kept.map(({ key }) => key));
  await removeFiles(dir, folderOf('content-'), (path) => !paths.has(path));
  await removeFiles(dir, folderOf('index-'), async (path) => !hasKeyOf(await readFile(path, 'utf8'), keys));
  await removeFiles(dir, folderOf('tmp'), () => true);
}

async function removeFiles(
  dir: string,
  folder: string | undefined,
  isLeftOver: (path: string) => boolean | Promise<boolean>,
): Promise<void> {
  if (folder === undefined) return;
  const entries = await readdir(join(dir, folder), { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !(await isLeftOver(path))) continue;
    // Another process may have been quicker.
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > SETTLED_MS) await rm(path, { force: true }).catch(() => undefined);
  }
}

/** Lines of an index file: a hash, a tab, and the entry as JSON. A line that cannot be read counts as none. */
function hasKeyOf(index: string, keys: ReadonlySet<string>): boolean {
  return index.split('\n').some((line) => {
    try {
      return keys.has((JSON.parse(line.split('\t')[1] ?? 'null') as { key: string }).key);
    } catch {
      return false;
    }
  });
}
