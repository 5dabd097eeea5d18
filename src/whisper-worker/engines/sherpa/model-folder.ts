import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { NAMED_MODELS } from '../../../models/catalogue.js';
import { fromProject } from '../../../config/project-paths.js';
import { ModelFault } from '../model-fault.js';
import { readOnnx } from '../../../common/onnx/onnx-model.js';

/** The files of one Whisper model in sherpa's layout. */
export interface ModelFiles {
  encoder: string;
  decoder: string;
  tokens: string;
  /** Silence that sherpa adds behind an utterance, in frames of 10 ms. */
  tailPaddingFrames: number;
  /** Length in which all but interims are heard at least, with the silence behind them, in frames of 10 ms. */
  contextFrames: number;
}

/** One model, or one per language. */
export type ModelChoice =
  | { name: string; files: ModelFiles; isMultilingual: boolean }
  | { name: string; byLanguage: ReadonlyMap<string, ModelFiles> };

/** What there is to know of a model beside its files; see docs/models.md. */
const DESCRIPTION = 'description.json';

const FOLDER_NAME = /^(?!\.)[\w.-]+$/;

/** Whisper's window: 30 s. */
const MOST_FRAMES = 3_000;

const descriptionSchema = z.strictObject({
  /** A model per language: the folder within this one, by language code. Such a folder has no files of its own. */
  languages: z.record(z.string(), z.string().regex(FOLDER_NAME)).optional(),
  /**
   * Sherpa's own default: with less behind an utterance its Whisper exports say short ones several times over. A model that pads in
   * its graph does with less.
   */
  tailPaddingFrames: z.number().int().min(0).max(MOST_FRAMES).default(1_000),
  /** More silence around a few words costs time, and makes fewer of them wrong: for a model whose graph pads less. */
  contextFrames: z.number().int().min(0).max(MOST_FRAMES).default(0),
});

type Description = z.output<typeof descriptionSchema>;

/** Comes with the sources, wherever `MODELS_DIR` is. */
const INCLUDED = 'whisper-base';

/**
 * Finds the files of a model by the name of its folder, or by a path. Reads names only: see `checkModel` for what is in the files.
 * @throws ModelFault that says what to do
 */
export function findModel(model: string, modelsDir: string): ModelChoice {
  const folder = folderOf(model, modelsDir);
  const name = basename(folder);
  const names = listFolder(folder);
  const description = describe(folder, names);
  if (!description.languages) {
    const files = findFiles(folder, names, description);
    return { name, files, isMultilingual: isMultilingual(name, files) };
  }
  const byLanguage = Object.entries(description.languages).map(([language, subfolder]) => {
    const path = join(folder, subfolder);
    const files = listFolder(path);
    return [language, findFiles(path, files, describe(path, files))] as const;
  });
  return { name, byLanguage: new Map(byLanguage) };
}

function folderOf(model: string, modelsDir: string): string {
  const isPath = isAbsolute(model) || /[/\\]/.test(model);
  if (isPath) return resolve(model);
  const named = join(modelsDir, model);
  return model === INCLUDED && !existsSync(named) ? fromProject(`models/${INCLUDED}`) : named;
}

function findFiles(
  folder: string,
  names: readonly string[],
  { tailPaddingFrames, contextFrames }: Description,
): ModelFiles {
  const find = (part: string): string => {
    const candidates = [`${part}.int8.onnx`, `${part}.onnx`, `${part}.txt`];
    for (const candidate of candidates) {
      const found = names.find((name) => name === candidate || name.endsWith(`-${candidate}`));
      if (found !== undefined) return join(folder, found);
    }
    const isCutOff = names.some((name) => name.includes(part) && name.endsWith('.part'));
    throw new ModelFault(
      isCutOff
        ? `its ${part} file is here in part. Go on with: npm run models -- pull ${basename(folder)}`
        : `its folder has no ${part} file (expected: an encoder and a decoder .onnx and tokens.txt, as sherpa-onnx exports them)`,
    );
  };
  return {
    encoder: find('encoder'),
    decoder: find('decoder'),
    tokens: find('tokens'),
    tailPaddingFrames,
    contextFrames,
  };
}

/** Neither named as OpenAI's English models are, nor one by what it says itself. */
function isMultilingual(name: string, { encoder }: ModelFiles): boolean {
  if (name.endsWith('.en')) return false;
  try {
    return readOnnx(encoder).metadata.get('is_multilingual') !== '0';
  } catch {
    // What is wrong with it is told by `checkModel`.
    return true;
  }
}

function describe(folder: string, names: readonly string[]): Description {
  if (!names.includes(DESCRIPTION)) return descriptionSchema.parse({});
  try {
    return descriptionSchema.parse(JSON.parse(readFileSync(join(folder, DESCRIPTION), 'utf8')));
  } catch {
    throw new ModelFault(
      `${DESCRIPTION} is wrong: it may say tailPaddingFrames and contextFrames, whole numbers from 0 to ${MOST_FRAMES}, and languages, a folder in it for each language code`,
    );
  }
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    const name = basename(folder);
    if (NAMED_MODELS.has(name)) {
      throw new ModelFault(`it is not in MODELS_DIR yet. Get it with: npm run models -- pull ${name}`);
    }
    throw new ModelFault(
      'there is no such folder that can be read. Take the name of a folder in MODELS_DIR, or a path, and see that the model is there',
    );
  }
}
