import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** In `MODELS_DIR`, so that it is there for every process and container that shares the models. */
const FILE = 'chosen.json';
const MAX_FILE_BYTES = 65_536;

/** Later versions may choose more than this. */
const chosenSchema = z.looseObject({
  /** Name of a folder in `MODELS_DIR`. */
  whisper: z
    .string()
    .max(128)
    .regex(/^(?!\.)[\w.-]+$/)
    .optional(),
});

/** The choice, and what changes with it: the same name may be chosen again after its files were mended. */
export interface Choice {
  /** Undefined when nothing was chosen, or nothing that can be read. */
  model: string | undefined;
  stamp: string;
  /** The file is not what `chooseModel` writes. */
  isDamaged: boolean;
}

/** Reads which model was chosen. Never throws: a choice that cannot be read is none. */
export async function readChoice(modelsDir: string): Promise<Choice> {
  const path = join(modelsDir, FILE);
  const found = await stat(path).catch(() => undefined);
  if (!found) return { model: undefined, stamp: '', isDamaged: false };
  const content = found.size > MAX_FILE_BYTES ? '' : await readFile(path, 'utf8').catch(() => '');
  const parsed = chosenSchema.safeParse(parse(content));
  return {
    model: parsed.data?.whisper,
    stamp: `${found.mtimeMs} ${content}`,
    isDamaged: !parsed.success,
  };
}

/** Chooses the model of workers that have no `WHISPER_MODEL`. They take it over without a restart. */
export async function chooseModel(modelsDir: string, whisper: string): Promise<void> {
  const path = join(modelsDir, FILE);
  const former = chosenSchema.safeParse(parse(await readFile(path, 'utf8').catch(() => '')));
  const own = `${path}.${process.pid}.part`;
  // A reader sees the former file or this one, and never a part.
  await writeFile(own, `${JSON.stringify({ ...former.data, whisper }, null, 2)}\n`);
  await rename(own, path);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
