import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fromProject } from '../config/project-paths.js';
import { INCLUDED_MODELS, NAMED_MODELS, type NamedModel } from './catalogue.js';
import { asModelError } from './disk-error.js';
import type { DownloadSettings } from './download.js';
import { RESERVE_BYTES } from './free-space.js';
import type { HttpClient } from './http-client.js';
import { compare, readManifest } from './manifest.js';
import { MANIFEST } from './pulled-folder.js';
import { ModelError } from './model-error.js';
import { nearNames } from './near-names.js';
import { pullModel } from './pull.js';
import type { PullProgress } from './pull-progress.js';

/** Of a model in `MODELS_DIR`; `unknown`: it is there and has no manifest, as a model of your own. */
export type ModelState = 'ok' | 'damaged' | 'incomplete' | 'unknown' | 'absent';

export interface StoreSettings extends DownloadSettings {
  modelsDir: string;
  /** Base URL of the hub. */
  mirror: string;
  /** How often a process that pulls touches its lock. Ten times this after its death another process takes over. */
  heartbeatMs: number;
  /** What a pull leaves free on the disk. */
  reserveBytes: number;
  /** Where the models of the repository are, wherever `modelsDir` is. */
  includedDir: string;
}

export interface PullOptions {
  /** Ends the pull with `pull_aborted`; what has come is kept, and the next pull goes on there. */
  signal?: AbortSignal;
  /** Called at each change of the state and at most some 200 times in between; never after the pull has settled. */
  onProgress?: (progress: PullProgress) => void;
}

/** Voices have a folder of their own, and a prefix where they are named. */
const VOICES_FOLDER = 'voices';
const VOICE_PREFIX = 'voice:';

const DEFAULTS = {
  attempts: 5,
  stallMs: 20_000,
  backoffMs: 500,
  heartbeatMs: 1_000,
  reserveBytes: RESERVE_BYTES,
  includedDir: fromProject('models'),
} as const;

/**
 * The models in `MODELS_DIR`: Whisper models in folders of their own, voices in `voices`. Those that were pulled, and those that come
 * with the sources, have a manifest, against which they can be verified.
 */
export class ModelStore {
  private readonly settings: StoreSettings;

  constructor(
    settings: Pick<StoreSettings, 'modelsDir' | 'mirror'> & Partial<StoreSettings>,
    private readonly http: HttpClient,
  ) {
    this.settings = { ...DEFAULTS, ...settings };
  }

  get modelsDir(): string {
    return this.settings.modelsDir;
  }

  /** Names as `pull` and `verify` take them (`small`, `voice:de_DE-thorsten-medium`), of all models that are here, sorted. */
  async installed(): Promise<string[]> {
    const { modelsDir } = this.settings;
    const models = await foldersWith(modelsDir, isWhisper);
    const included = [...INCLUDED_MODELS.keys()].filter((name) =>
      existsSync(join(this.folderOf(name), MANIFEST)),
    );
    const voices = await foldersWith(join(modelsDir, VOICES_FOLDER), isVoice);
    const all = new Set([...models, ...included, ...voices.map((name) => `${VOICE_PREFIX}${name}`)]);
    return [...all].toSorted();
  }

  /**
   * Downloads a model into `MODELS_DIR`, or goes on with a download, also with one of a process that was killed. Files get their names
   * when all of them have come and their sums are right, so a former version serves until then. Beside another pull of the same
   * model, of any process, it waits and then downloads what is still missing. Resolves when the model is here and whole.
   * @param name a key of `NAMED_MODELS`
   * @throws ModelError with `code` and `retryable`, whose message says what to do
   */
  async pull(name: string, { signal, onProgress = () => undefined }: PullOptions = {}): Promise<void> {
    const model = modelNamed(name);
    try {
      await pullModel(model, this.settings, this.http, onProgress, signal);
    } catch (error) {
      if (signal?.aborted) {
        throw new ModelError('pull_aborted', `The pull of ${name} was ended. What has come is kept.`, {
          cause: error,
        });
      }
      throw asModelError(error, this.settings.modelsDir);
    }
  }

  /**
   * Compares a model with its manifest.
   * @param by `sums` (default) reads every byte; `sizes` is quick enough for a list
   * @throws ModelError where the manifest itself is damaged
   */
  async verify(name: string, by: 'sizes' | 'sums' = 'sums'): Promise<ModelState> {
    const folder = this.folderOf(name);
    const manifest = await readManifest(folder);
    if (manifest) return await compare(folder, manifest, by);
    const names = await readdir(folder).catch(() => []);
    if (names.length === 0) return 'absent';
    return isKnown(name) ? 'incomplete' : 'unknown';
  }

  /** Where a model lies, or would. */
  folderOf(name: string): string {
    const folder = name.startsWith(VOICE_PREFIX)
      ? join(VOICES_FOLDER, name.slice(VOICE_PREFIX.length))
      : name;
    const path = join(this.settings.modelsDir, folder);
    return INCLUDED_MODELS.has(name) && !existsSync(path) ? join(this.settings.includedDir, folder) : path;
  }
}

function isKnown(name: string): boolean {
  return NAMED_MODELS.has(name) || INCLUDED_MODELS.has(name);
}

function modelNamed(name: string): NamedModel {
  const model = NAMED_MODELS.get(name);
  if (model) return model;
  if (INCLUDED_MODELS.has(name)) {
    throw new ModelError(
      'model_included',
      `${name} comes with the sources and is not pulled. Where its files are damaged: git restore models/${name}`,
    );
  }
  const known = [...NAMED_MODELS.keys()];
  const near = nearNames(name, known);
  throw new ModelError(
    'model_unknown',
    near.length > 0
      ? `There is no model ${name}. Did you mean ${near.join(', ')}? All: npm run models -- list`
      : `There is no model ${name}. Known: ${known.filter((each) => !each.includes(':')).join(', ')}; voices: npm run models -- list`,
  );
}

async function foldersWith(
  parent: string,
  isModel: (files: readonly string[]) => boolean,
): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  const folders = entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => name);
  const areModels = await Promise.all(
    folders.map(async (name) => isModel(await readdir(join(parent, name)).catch(() => []))),
  );
  return folders.filter((_, index) => areModels[index]);
}

function isWhisper(files: readonly string[]): boolean {
  return files.some((file) => file.endsWith('encoder.onnx') || file.endsWith('encoder.int8.onnx'));
}

function isVoice(files: readonly string[]): boolean {
  return files.some((file) => file.endsWith('.onnx')) && files.includes('tokens.txt');
}
