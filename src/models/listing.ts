import { DEFAULT_MODEL, INCLUDED_MODELS, NAMED_MODELS, type Licence } from './catalogue.js';
import { ModelError } from './model-error.js';
import type { ModelState, ModelStore } from './model-store.js';

/** A model that is here or can be pulled, for people and for `list --json`. */
export interface ModelListing {
  name: string;
  kind: 'whisper' | 'voice' | 'detector';
  /** `default`: comes with the sources. Files are compared by size only: `verify` compares their sums. */
  state: 'in use' | 'default' | 'here' | 'damaged' | 'incomplete' | 'absent';
  /** In 1,000,000 bytes; pulled models: approximately. Without: a model of your own. */
  sizeMb?: number;
  /** Of a process that uses it, in 1,000,000 bytes. */
  memoryMb?: number;
  memoryFrom?: 'measured' | 'estimated';
  languages?: readonly string[];
  licence?: Licence;
}

/**
 * All models: those of the repository, those that can be pulled, and one's own.
 * @param inUse names of the models that the configuration asks for
 */
export async function listModels(store: ModelStore, inUse: readonly string[]): Promise<ModelListing[]> {
  const installed = await store.installed();
  const known = [...INCLUDED_MODELS.values(), ...NAMED_MODELS.values()];
  const own = installed.filter((name) => !known.some((model) => model.name === name));
  const listings: ModelListing[] = known.map(
    ({ name, kind, sizeMb, memoryMb, memoryFrom, languages, licence }) => ({
      name,
      kind,
      state: 'absent',
      sizeMb,
      memoryMb,
      memoryFrom,
      languages,
      licence,
    }),
  );
  for (const name of own) {
    listings.push({ name, kind: name.startsWith('voice:') ? 'voice' : 'whisper', state: 'absent' });
  }
  return Promise.all(
    listings.map(async (listing) => ({
      ...listing,
      state: stateOf(listing.name, await checked(listing.name, store), inUse),
    })),
  );
}

function stateOf(name: string, state: ModelState, inUse: readonly string[]): ModelListing['state'] {
  if (state === 'damaged' || state === 'incomplete' || state === 'absent') return state;
  if (inUse.includes(name)) return 'in use';
  return name === DEFAULT_MODEL ? 'default' : 'here';
}

async function checked(name: string, store: ModelStore): Promise<ModelState> {
  try {
    return await store.verify(name, 'sizes');
  } catch (error) {
    if (error instanceof ModelError) return 'damaged';
    throw error;
  }
}
