import { INCLUDED_MODELS, NAMED_MODELS } from './catalogue.js';
import { chooseModel } from './chosen-model.js';
import { asModelError } from './disk-error.js';
import { ModelError } from './model-error.js';
import type { ModelStore, PullOptions } from './model-store.js';

/**
 * Chooses the Whisper model of workers that have no `WHISPER_MODEL`, and pulls it first where it is not here. They take it over while
 * their sessions run.
 * @param name one of the catalogue, `whisper-base`, or a model of your own in `MODELS_DIR`
 * @throws ModelError as `pull` does. Nothing is chosen then.
 */
export async function useModel(name: string, store: ModelStore, options: PullOptions = {}): Promise<void> {
  if (!(await isHere(name, store))) await store.pull(name, options);
  try {
    await chooseModel(store.modelsDir, name);
  } catch (error) {
    throw asModelError(error, store.modelsDir);
  }
}

/** Sizes alone are compared: the worker refuses what it cannot load, and `verify` takes the sums. */
async function isHere(name: string, store: ModelStore): Promise<boolean> {
  if (INCLUDED_MODELS.get(name)?.kind === 'whisper') return true;
  const named = NAMED_MODELS.get(name);
  if (named?.kind === 'voice')
    throw new ModelError('model_unknown', `${name} is a voice, and no model that hears.`);
  if (named) return (await store.verify(name, 'sizes')) === 'ok';
  return (await store.installed()).includes(name) && !name.includes(':');
}
