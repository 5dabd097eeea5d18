import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fromProject } from '../config/project-paths.js';
import { asModelError } from './disk-error.js';
import { RESERVE_BYTES, requireSpace } from './free-space.js';
import { writeManifest, type Manifest } from './manifest.js';
import { ModelError } from './model-error.js';
import { findPython } from './python.js';

export interface ConvertSettings {
  modelsDir: string;
  /** An interpreter with the packages; see `findPython`. */
  interpreter?: string;
  say: (line: string) => void;
}

const SCRIPTS = fromProject('models/whisper-base/conversion');
const CONVERTER_PACKAGES = ['numpy', 'onnx==1.23.2'];
const QUANTISER_PACKAGES = ['onnx==1.23.2', 'onnxruntime'];
const NAME = /^(?!\.)[\w.-]{1,64}$/;

/** The converter pads to 15 s in the graph, which keeps short speech from being said twice: the least that sherpa adds is enough then. */
const MIN_FRAMES = 1_500;
const PADDING = `${JSON.stringify({ tailPaddingFrames: 100 })}\n`;

/** See docs/models.md. */
const DESCRIPTION = 'description.json';

/**
 * Turns a Whisper folder of CTranslate2 (faster-whisper) or Hugging Face into `MODELS_DIR/name`, in sherpa-onnx's layout.
 * @param weights `int8`: small and fast; `float32`: four times as large
 * @throws ModelError
 */
export async function convertModel(
  folder: string,
  name: string,
  weights: 'int8' | 'float32',
  settings: ConvertSettings,
): Promise<void> {
  const files = await readdir(folder).catch((): string[] => []);
  const model = files.filter((file) => file === 'model.bin' || file.endsWith('.safetensors'));
  const missing = [
    ...(model.length === 0 ? ['model.bin or *.safetensors'] : []),
    ...['config.json', 'tokenizer.json'].filter((file) => !files.includes(file)),
  ];
  if (missing.length > 0) {
    throw new ModelError(
      'conversion_failed',
      `${folder} is no Whisper folder of CTranslate2 or Hugging Face: it has no ${missing.join(', no ')}.`,
    );
  }
  const args = ['--min-frames', String(MIN_FRAMES), '--name', `whisper-${name}`];
  await make(
    name,
    {
      source: `${basename(resolve(folder))}, converted here`,
      inputs: model.map((file) => join(folder, file)),
      packages: CONVERTER_PACKAGES,
      command: (target) => [
        join(SCRIPTS, 'ct2_to_sherpa.py'),
        folder,
        target,
        ...args,
        ...(weights === 'float32' ? ['--weights', 'fp32'] : []),
      ],
      description: PADDING,
    },
    settings,
  );
}

/** Makes an 8-bit model `MODELS_DIR/name` of one with 32-bit floats in sherpa-onnx's layout. @throws ModelError */
export async function quantiseModel(folder: string, name: string, settings: ConvertSettings): Promise<void> {
  const files = await readdir(folder).catch((): string[] => []);
  const floats = files.filter((file) => /(?<!\.int8)\.onnx$/.test(file));
  if (floats.length === 0 || !files.some((file) => file.endsWith('tokens.txt'))) {
    throw new ModelError(
      'conversion_failed',
      `${folder} is no model with 32-bit floats in sherpa-onnx's layout: encoder.onnx, decoder.onnx and tokens.txt.`,
    );
  }
  await make(
    name,
    {
      source: `${basename(resolve(folder))}, quantised here`,
      inputs: floats.map((file) => join(folder, file)),
      packages: QUANTISER_PACKAGES,
      command: (target) => [join(SCRIPTS, 'quantise.py'), folder, target],
      description: files.includes(DESCRIPTION)
        ? await readFile(join(folder, DESCRIPTION), 'utf8')
        : undefined,
    },
    settings,
  );
}

interface Recipe {
  source: string;
  inputs: readonly string[];
  packages: readonly string[];
  command: (target: string) => string[];
  description: string | undefined;
}

/** The folder appears under its name when everything in it is there. */
async function make(name: string, recipe: Recipe, settings: ConvertSettings): Promise<void> {
  const { modelsDir, say, interpreter } = settings;
  if (!NAME.test(name)) {
    throw new ModelError('conversion_failed', 'A name has letters, digits, dots, dashes and underscores.');
  }
  const target = join(modelsDir, name);
  if (existsSync(target)) {
    throw new ModelError('conversion_failed', `${target} is there already. Take another name, or remove it.`);
  }
  const work = join(modelsDir, `.${name}.part`);
  try {
    await rm(work, { recursive: true, force: true });
    await mkdir(work, { recursive: true });
    // What is made is never larger than what it is made of, but where 16-bit floats become 32-bit ones.
    await requireSpace(modelsDir, await sizeOf(recipe.inputs), RESERVE_BYTES);
    const python = await findPython({
      packages: recipe.packages,
      say,
      ...(interpreter !== undefined && { interpreter }),
    });
    try {
      say(`Making ${name}. A large model takes some minutes, and four times its size in memory.`);
      await python.run(recipe.command(work));
    } finally {
      await python.remove();
    }
    if (recipe.description !== undefined) await writeFile(join(work, DESCRIPTION), recipe.description);
    await writeManifest(work, await describe(name, recipe.source, work));
    await rename(work, target);
  } catch (error) {
    await rm(work, { recursive: true, force: true }).catch(() => undefined);
    throw asModelError(error, modelsDir);
  }
}

async function describe(name: string, source: string, folder: string): Promise<Manifest> {
  const names = (await readdir(folder)).filter((file) => file !== DESCRIPTION).toSorted();
  const files = await Promise.all(
    names.map(async (file) => ({
      name: file,
      sizeBytes: (await stat(join(folder, file))).size,
      checksum: { algorithm: 'sha256' as const, value: await sumOf(join(folder, file)) },
    })),
  );
  return { name, source, files };
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function sizeOf(paths: readonly string[]): Promise<number> {
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
