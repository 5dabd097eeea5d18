import { stat } from 'node:fs/promises';
import { ModelFault } from './model-fault.js';
import { findModel, type ModelFiles } from './sherpa/model-folder.js';

/**
 * An engine host with whisper-base (75 MB) has 390 MB: 50 MB of Node, the model, and what a decode needs. Larger models need more for a
 * decode, so this is the least.
 */
const HOST_BYTES = 350_000_000;

/**
 * Refuses a model that would not fit beside the one in use: the system would end some process to make room, perhaps one that serves.
 * @throws ModelFault
 */
export async function checkRoom(
  settings: { model: string; modelsDir: string; lanes: number; lanesPerHost: number },
  freeBytes: number,
): Promise<void> {
  const { model, modelsDir, lanes, lanesPerHost } = settings;
  const choice = findModel(model, modelsDir);
  const all = 'byLanguage' in choice ? [...choice.byLanguage.values()] : [choice.files];
  const modelBytes = Math.max(...(await Promise.all(all.map(sizeOf))));
  const needBytes = Math.ceil(lanes / lanesPerHost) * (HOST_BYTES + modelBytes);
  if (needBytes <= freeBytes) return;
  throw new ModelFault(
    `it needs about ${megabytes(needBytes)} beside the model in use, and ${megabytes(freeBytes)} are free. Start anew to use it alone, or lower WHISPER_LANES`,
  );
}

async function sizeOf({ encoder, decoder }: ModelFiles): Promise<number> {
  const [first, second] = await Promise.all([stat(encoder), stat(decoder)]);
  return first.size + second.size;
}

function megabytes(bytes: number): string {
  return `${Math.max(0, Math.round(bytes / 1_000_000))} MB`;
}
