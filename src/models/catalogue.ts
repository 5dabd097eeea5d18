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
}

interface Entry {
  /** What `pull` is told. */
  name: string;
  /** Where it goes, within `MODELS_DIR`. */
  folder: string;
  sources: readonly Source[];
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
}

/** A voice in sherpa-onnx's layout. */
export interface NamedVoice extends Entry {
  kind: 'voice';
  architecture: 'vits' | 'kokoro' | 'matcha';
  speakers?: readonly string[];
}

export type NamedModel = NamedWhisper | NamedVoice;

/** All that `pull` knows, by name. */
export const NAMED_MODELS: ReadonlyMap<string, NamedModel> = new Map(
  [...WHISPER_MODELS, ...VOICES].map((model) => [model.name, model]),
);

/** Names that come with the sources: they have a manifest and can be verified, and nothing to pull them from. */
export const INCLUDED_MODELS = ['whisper-base', 'silero-vad'] as const;
