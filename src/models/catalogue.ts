import { VOICES } from './voice-catalogue.js';
import { WHISPER_MODELS } from './whisper-catalogue.js';

export interface Licence {
  /** Of the model, as its card states it. */
  name: string;
  /** The card, for the user to check. */
  url: string;
  /** `restricted`: the data it was made of forbids some use, or may; `remark` says what is known. */
  use: 'free' | 'restricted';
  remark?: string;
}

/** A repository of the hub and what is taken of it: file names, and folders with all that is in them (`espeak-ng-data/`). */
export interface Source {
  repository: string;
  files: readonly string[];
  /** Taken where the repository has them. */
  optional?: readonly string[];
}

interface Entry {
  /** What `pull` and `verify` are told. */
  name: string;
  /** Where it goes, within `MODELS_DIR`. */
  folder: string;
  /** Download and disk, in 1,000,000 bytes. */
  sizeMb: number;
  /** Of a process that uses it, in 1,000,000 bytes. */
  memoryMb: number;
  /** Where `memoryMb` is from. Estimated: files, 50 MB of the process and 300 MB of working memory. */
  memoryFrom: 'measured' | 'estimated';
  /** BCP 47, or `many`: the 99 of Whisper. */
  languages: readonly string[];
  licence: Licence;
}

/** A Whisper model that can be pulled by name: sherpa-onnx's 8-bit exports on the Hugging Face hub. */
export interface NamedWhisper extends Entry {
  kind: 'whisper';
  sources: readonly Source[];
}

/** A voice in sherpa-onnx's layout. */
export interface NamedVoice extends Entry {
  kind: 'voice';
  sources: readonly Source[];
  architecture: 'vits' | 'kokoro' | 'matcha';
  /** In the order of their ids; without: one, or ids without names. */
  speakers?: readonly string[];
}

/** A model of the repository. It has a manifest and can be verified; there is nothing to pull it from. */
export interface IncludedModel extends Entry {
  kind: 'whisper' | 'detector';
}

export type NamedModel = NamedWhisper | NamedVoice;

/** All that `pull` knows, by name. */
export const NAMED_MODELS: ReadonlyMap<string, NamedModel> = new Map(
  [...WHISPER_MODELS, ...VOICES].map((model) => [model.name, model]),
);

const MIT = (url: string): Licence => ({ name: 'MIT', url, use: 'free' });

/** Used where `WHISPER_MODEL` says nothing. */
export const DEFAULT_MODEL = 'whisper-base';

export const INCLUDED_MODELS: ReadonlyMap<string, IncludedModel> = new Map(
  (
    [
      {
        kind: 'whisper',
        name: DEFAULT_MODEL,
        folder: DEFAULT_MODEL,
        sizeMb: 75,
        memoryMb: 395,
        memoryFrom: 'measured',
        languages: ['many'],
        licence: MIT('https://github.com/openai/whisper/blob/main/LICENSE'),
      },
      {
        kind: 'detector',
        name: 'silero-vad',
        folder: 'silero-vad',
        sizeMb: 2,
        memoryMb: 8,
        memoryFrom: 'measured',
        languages: ['many'],
        licence: MIT('https://github.com/snakers4/silero-vad/blob/master/LICENSE'),
      },
    ] as const
  ).map((model) => [model.name, model]),
);
