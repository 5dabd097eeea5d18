import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { NAMED_MODELS, type NamedModel } from './catalogue.js';
import { matches } from './checksum.js';
import { download, type DownloadSettings } from './download.js';
import type { HttpClient } from './http-client.js';
import { describeFiles, type RemoteFile } from './hub.js';
import { ModelError } from './model-error.js';
import { PullLock } from './pull-lock.js';

const MANIFEST = 'model.json';
const LOCK = 'pull.lock';

const manifestSchema = z.object({
  name: z.string(),
  source: z.string(),
  files: z.array(
    z.object({
      name: z.string(),
      sizeBytes: z.number(),
      checksum: z.object({ algorithm: z.enum(['sha256', 'git-sha1']), value: z.string() }),
    }),
  ),
});

export type VerifyResult = 'ok' | 'damaged' | 'incomplete' | 'unknown';

export interface StoreSettings extends DownloadSettings {
  modelsDir: string;
  mirror: string;
  /** How often a process that pulls touches its lock. Ten times this after its death another process takes over. */
  heartbeatMs: number;
  /** Another process pulls the same model. */
  onWait: (name: string) => void;
}

/** The models in `MODELS_DIR`, one folder each. Those that were pulled have a manifest, against which they can be verified. */
export class ModelStore {
  constructor(
    private readonly settings: StoreSettings,
    private readonly http: HttpClient,
  ) {}

  async installed(): Promise<string[]> {
    const entries = await readdir(this.settings.modelsDir, { withFileTypes: true }).catch(() => []);
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const areModels = await Promise.all(
      folders.map(async (name) =>
        (await readdir(this.folder(name))).some(
          (file) => file.endsWith('encoder.onnx') || file.endsWith('encoder.int8.onnx'),
        ),
      ),
    );
    return folders.filter((_, index) => areModels[index]).toSorted();
  }

  /** @throws ModelError that says what to do */
  async pull(name: string): Promise<void> {
    const model = NAMED_MODELS.get(name);
    if (!model)
      throw new ModelError(`There is no model ${name}. Known: ${[...NAMED_MODELS.keys()].join(', ')}.`);
    const files = await this.describe(model);
    await mkdir(this.folder(name), { recursive: true });
    const { heartbeatMs, onWait } = this.settings;
    const lock = await PullLock.acquire(join(this.folder(name), LOCK), {
      heartbeatMs,
      onWait: () => onWait(name),
    });
    try {
      for (const file of files) await this.pullFile(name, file, lock.lost);
      await this.writeManifest(model, files);
    } finally {
      await lock.release();
    }
  }

  /** Compares files with what the hub said when they were pulled. `unknown`: the folder has no manifest. */
  async verify(name: string): Promise<VerifyResult> {
    const raw = await readFile(join(this.folder(name), MANIFEST), 'utf8').catch(() => undefined);
    if (raw === undefined) return NAMED_MODELS.has(name) ? 'incomplete' : 'unknown';
    const { files } = manifestSchema.parse(JSON.parse(raw));
    for (const { name: file, sizeBytes, checksum } of files) {
      const path = join(this.folder(name), file);
      if (!existsSync(path)) return 'incomplete';
      if (!(await matches(path, sizeBytes, checksum))) return 'damaged';
    }
    return 'ok';
  }

  private async describe(model: NamedModel): Promise<RemoteFile[]> {
    try {
      return await describeFiles(model, this.settings.mirror, this.http, this.settings.stallMs);
    } catch (error) {
      if (error instanceof ModelError) throw error;
      throw new ModelError(withoutNetwork(model, this.settings), { cause: error });
    }
  }

  private async pullFile(name: string, file: RemoteFile, lost: AbortSignal): Promise<void> {
    const target = join(this.folder(name), file.name);
    const isThere = existsSync(target) && (await matches(target, file.sizeBytes, file.checksum));
    if (isThere) return this.settings.onProgress(file, file.sizeBytes);
    await download(file, target, this.http, this.settings, lost);
  }

  private async writeManifest({ name, repository }: NamedModel, files: readonly RemoteFile[]): Promise<void> {
    const described = files.map(({ name: file, sizeBytes, checksum }) => ({
      name: file,
      sizeBytes,
      checksum,
    }));
    const path = join(this.folder(name), MANIFEST);
    await writeFile(
      `${path}.part`,
      `${JSON.stringify({ name, source: repository, files: described }, null, 2)}\n`,
    );
    await rename(`${path}.part`, path);
  }

  private folder(name: string): string {
    return join(this.settings.modelsDir, name);
  }
}

function withoutNetwork({ name, repository, files }: NamedModel, { mirror }: StoreSettings): string {
  return [
    `${new URL(mirror).host} cannot be reached.`,
    'Behind a proxy set HTTPS_PROXY; for a mirror of the Hugging Face hub set MODELS_MIRROR.',
    `Without a network, download these on another machine and put them into ${name} in MODELS_DIR:`,
    ...files.map((file) => `  ${mirror.replace(/\/+$/, '')}/${repository}/resolve/main/${file}`),
  ].join('\n');
}
