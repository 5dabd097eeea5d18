import { existsSync } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LinkedAbort } from '../common/streams/linked-abort.js';
import type { NamedModel } from './catalogue.js';
import { matches } from './checksum.js';
import { download } from './download.js';
import { requireSpace } from './free-space.js';
import type { HttpClient } from './http-client.js';
import { describeFiles, type RemoteFile } from './hub.js';
import { writeManifest, writeWhole } from './manifest.js';
import { ModelError } from './model-error.js';
import type { StoreSettings } from './model-store.js';
import { PullLock } from './pull-lock.js';
import { LOCK } from './pulled-folder.js';
import { PullMeter, type PullProgress } from './pull-progress.js';

const VOICE = 'voice.json';

/** Small files come several at a time: each costs a round trip, and a voice has hundreds. */
const SMALL_BYTES = 100_000;
const SMALL_AT_ONCE = 8;
/** A hub that says so much more than the catalogue has another model there. */
const MOST_TIMES_LARGER = 2;
const SPARE_BYTES = 50_000_000;
const BYTES_PER_MB = 1_000_000;

/** One pull, from the list of the hub to the manifest. @throws ModelError, and what the file system throws */
export async function pullModel(
  model: NamedModel,
  settings: StoreSettings,
  http: HttpClient,
  onProgress: (progress: PullProgress) => void,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const meter = new PullMeter(model.name, onProgress);
  const files = await ask(model, settings, http, signal);
  const folder = join(settings.modelsDir, model.folder);
  await mkdir(folder, { recursive: true });
  const lock = await PullLock.acquire(join(folder, LOCK), {
    heartbeatMs: settings.heartbeatMs,
    onWait: () => meter.wait(),
    ...(signal && { signal }),
  });
  const abort = signal ? new LinkedAbort(lock.lost, signal) : new LinkedAbort(lock.lost);
  try {
    await pullFiles(files, { folder, settings, http, meter, abort });
    if (model.kind === 'voice') await writeWhole(join(folder, VOICE), describeVoice(model));
    await writeManifest(folder, { name: model.name, source: sourceOf(model), files: files.map(withoutUrl) });
  } catch (error) {
    if (!lock.lost.aborted) throw error;
    throw new ModelError('download_failed', `Another process took over the pull of ${model.name}.`, {
      cause: error,
    });
  } finally {
    abort.unlink();
    await lock.release();
  }
}

interface Work {
  folder: string;
  settings: StoreSettings;
  http: HttpClient;
  meter: PullMeter;
  abort: LinkedAbort;
}

async function pullFiles(files: readonly RemoteFile[], work: Work): Promise<void> {
  const { folder, settings, meter } = work;
  meter.begin(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  const missing: RemoteFile[] = [];
  for (const file of files) {
    if (await isHere(join(folder, file.name), file)) meter.add(file.name, file.sizeBytes);
    else missing.push(file);
  }
  await requireSpace(folder, await neededBytes(missing, folder), settings.reserveBytes);
  for (const file of missing.filter(({ sizeBytes }) => sizeBytes > SMALL_BYTES)) await pullFile(file, work);
  await pullTogether(
    missing.filter(({ sizeBytes }) => sizeBytes <= SMALL_BYTES),
    work,
  );
  // Only now: a model whose files changed at the hub is never half old and half new, but for this moment.
  // The networks come last, as whoever looks for a model or a voice looks for them.
  const isNetwork = ({ name }: RemoteFile): number => Number(name.endsWith('.onnx'));
  const ordered = missing.toSorted((one, other) => isNetwork(one) - isNetwork(other));
  for (const { name } of ordered) await rename(partOf(folder, name), join(folder, name));
}

/** When one fails the others end too, and only then does this reject. */
async function pullTogether(files: readonly RemoteFile[], work: Work): Promise<void> {
  const rest = files.values();
  const some = async (): Promise<void> => {
    try {
      for (const file of rest) await pullFile(file, work);
    } catch (error) {
      work.abort.abort(error);
      throw error;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: SMALL_AT_ONCE }, some));
  if (ends.some(({ status }) => status === 'rejected')) throw work.abort.signal.reason;
}

async function pullFile(file: RemoteFile, { folder, settings, http, meter, abort }: Work): Promise<void> {
  const part = partOf(folder, file.name);
  await mkdir(dirname(part), { recursive: true });
  const watcher = {
    add: (name: string, receivedBytes: number) => meter.add(name, receivedBytes),
    check: ({ sizeBytes }: RemoteFile) => sizeBytes > SMALL_BYTES && meter.check(),
  };
  await download(file, part, http, settings, watcher, abort.signal);
  meter.add(file.name, file.sizeBytes);
}

async function isHere(path: string, { sizeBytes, checksum }: RemoteFile): Promise<boolean> {
  return existsSync(path) && (await matches(path, sizeBytes, checksum));
}

async function neededBytes(missing: readonly RemoteFile[], folder: string): Promise<number> {
  const had = await Promise.all(
    missing.map(({ name }) =>
      stat(partOf(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return missing.reduce((sum, { sizeBytes }, index) => sum + Math.max(0, sizeBytes - had[index]!), 0);
}

/** What the hub has, which must be about what the catalogue says. */
async function ask(
  model: NamedModel,
  { mirror, stallMs }: StoreSettings,
  http: HttpClient,
  signal?: AbortSignal,
): Promise<RemoteFile[]> {
  try {
    const files = await describeFiles(model, { mirror, timeoutMs: stallMs, ...(signal && { signal }) }, http);
    const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    if (totalBytes > model.sizeMb * BYTES_PER_MB * MOST_TIMES_LARGER + SPARE_BYTES) {
      throw new ModelError(
        'hub_answer_invalid',
        `The hub has ${Math.round(totalBytes / BYTES_PER_MB)} MB for ${model.name}, which should have about ${model.sizeMb} MB. Nothing was downloaded.`,
      );
    }
    return files;
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw new ModelError('hub_unreachable', withoutNetwork(model, mirror), { cause: error });
  }
}

function partOf(folder: string, name: string): string {
  return join(folder, `${name}.part`);
}

function withoutUrl({ name, sizeBytes, checksum }: RemoteFile): Omit<RemoteFile, 'url'> {
  return { name, sizeBytes, checksum };
}

function sourceOf({ sources }: NamedModel): string {
  return sources.map(({ repository }) => repository).join(', ');
}

/** What the text to speech has to know of a voice besides its files. */
function describeVoice({
  architecture,
  languages,
  licence,
  speakers,
}: Extract<NamedModel, { kind: 'voice' }>): object {
  return { kind: architecture, languages, licence: licence.name, ...(speakers && { speakers }) };
}

function withoutNetwork({ name, folder, sources }: NamedModel, mirror: string): string {
  const base = mirror.replace(/\/+$/, '');
  return [
    `${new URL(mirror).host} cannot be reached.`,
    'Behind a proxy set HTTPS_PROXY; for a mirror of the Hugging Face hub set MODELS_MIRROR.',
    `Without a network, download these on another machine and put them into ${folder} in MODELS_DIR (${name}):`,
    ...sources.flatMap(({ repository, files }) =>
      files.map((file) =>
        file.endsWith('/')
          ? `  ${base}/${repository}/tree/main/${file} (the folder)`
          : `  ${base}/${repository}/resolve/main/${file}`,
      ),
    ),
  ].join('\n');
}
