import { existsSync } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { matches } from './checksum.js';
import { ModelError } from './model-error.js';
import { MANIFEST } from './pulled-folder.js';
import { isSafePath } from './safe-path.js';

const manifestSchema = z.object({
  name: z.string(),
  /** Where the files are from, for people. */
  source: z.string(),
  files: z.array(
    z.object({
      name: z.string().refine(isSafePath),
      sizeBytes: z.number().int().nonnegative(),
      checksum: z.object({ algorithm: z.enum(['sha256', 'git-sha1']), value: z.string() }),
    }),
  ),
});

export type Manifest = z.output<typeof manifestSchema>;

/** @returns undefined where there is none @throws ModelError where it is not what a pull writes */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  const raw = await readFile(join(folder, MANIFEST), 'utf8').catch(() => undefined);
  if (raw === undefined) return undefined;
  const parsed = manifestSchema.safeParse(parse(raw));
  if (parsed.success) return parsed.data;
  throw new ModelError(
    'manifest_invalid',
    `${join(folder, MANIFEST)} is damaged: it is not what a pull writes.`,
  );
}

/** The file appears at once, whole. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeWhole(join(folder, MANIFEST), manifest);
}

export async function writeWhole(path: string, content: object): Promise<void> {
  await writeFile(`${path}.part`, `${JSON.stringify(content, null, 2)}\n`);
  await rename(`${path}.part`, path);
}

/** `sizes` is quick and finds what is cut; `sums` reads everything. */
export async function compare(
  folder: string,
  { files }: Manifest,
  by: 'sizes' | 'sums',
): Promise<'ok' | 'damaged' | 'incomplete'> {
  if (files.some(({ name }) => !existsSync(join(folder, name)))) return 'incomplete';
  for (const { name, sizeBytes, checksum } of files) {
    const path = join(folder, name);
    const isSound =
      by === 'sizes' ? (await stat(path)).size === sizeBytes : await matches(path, sizeBytes, checksum);
    if (!isSound) return 'damaged';
  }
  return 'ok';
}

function parse(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}
