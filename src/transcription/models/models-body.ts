import type { ModelListing } from '../../models/listing.js';
import type { PullState } from './model-pull.js';
import type { ModelInUse } from './model-source.js';

const BYTES_PER_MB = 1_000_000;

interface Known {
  /** Undefined while no worker is ready. */
  worker: ModelInUse | undefined;
  listings: readonly ModelListing[];
  pull: PullState | undefined;
  refusal: string | undefined;
}

export type ModelsBody = ReturnType<typeof toModelsBody>;

/** The answer of `GET /transcription/models`. Models of one's own are named where a click may choose them. */
export function toModelsBody({ worker, listings, pull, refusal }: Known) {
  const shown = listings.filter(
    ({ kind, sizeMb }) => kind === 'whisper' && (sizeMb !== undefined || refusal === undefined),
  );
  return {
    inUse: worker?.model ?? null,
    loadMs: worker?.loadMs ?? null,
    memoryBytes: worker?.memoryBytes ?? null,
    formerModel: worker?.formerModel ?? null,
    change: worker?.change ?? null,
    nextModel: worker?.nextModel ?? null,
    canUse: refusal === undefined,
    refusal: refusal ?? null,
    pull: pull ?? null,
    models: shown.map(({ name, state, sizeMb, memoryMb, languages, licence }) => ({
      name,
      state,
      downloadBytes: sizeMb === undefined ? null : sizeMb * BYTES_PER_MB,
      memoryBytes: memoryMb === undefined ? null : memoryMb * BYTES_PER_MB,
      languages: languages ?? null,
      licence: licence ? { name: licence.name, url: licence.url } : null,
      command: `npm run models -- use ${name}`,
    })),
  };
}
