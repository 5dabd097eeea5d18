import { INCLUDED_MODELS, NAMED_MODELS, type IncludedModel, type NamedWhisper } from './catalogue.js';

/**
 * From the least to the best, and the parameters of the encoder, to which most of the work of a short utterance goes, in millions:
 * https://github.com/openai/whisper/blob/main/model-card.md
 */
const LADDER: readonly { names: readonly string[]; encoder: number }[] = [
  { names: ['tiny', 'tiny.en'], encoder: 8 },
  { names: ['whisper-base', 'base', 'base.en'], encoder: 20 },
  { names: ['small', 'small.en'], encoder: 88 },
  { names: ['medium', 'medium.en'], encoder: 307 },
  { names: ['turbo'], encoder: 637 },
  { names: ['large-v3'], encoder: 637 },
];
/** Share of the lanes that sessions may claim, as in the worker's admission: with less than this a model hears nobody in real time. */
const LANES_FOR_SPEECH = 0.75;
/** Left to the system and to other processes. */
const MEMORY_SHARE = 0.9;

export type WhisperModel = NamedWhisper | IncludedModel;

export interface Machine {
  memoryBytes: number;
  /** Of the worker with the model in use, which serves on while the next one loads. */
  usedBytes: number;
  /** Engine processes, each of which loads the model. */
  hosts: number;
  lanes: number;
  /** Lane time per time of audio with the model in use; undefined where it was not measured. */
  speakingCost: number | undefined;
}

/** The next better model that this machine can serve, or undefined. Models of your own are on no ladder. */
export function nextModel(inUse: string, machine: Machine): WhisperModel | undefined {
  const at = LADDER.findIndex(({ names }) => names.includes(inUse));
  if (at === -1) return undefined;
  const isEnglish = inUse.endsWith('.en');
  for (const { names, encoder } of LADDER.slice(at + 1)) {
    const next = whisperNamed(names.find((name) => name.endsWith('.en') === isEnglish) ?? '');
    if (!next) continue;
    const cost = (machine.speakingCost ?? 0) * (encoder / LADDER[at]!.encoder);
    if (cost <= machine.lanes * LANES_FOR_SPEECH && fits(next, machine)) return next;
  }
  return undefined;
}

/** What is known of a Whisper model of the catalogue or of the sources. */
export function whisperNamed(name: string): WhisperModel | undefined {
  const named = NAMED_MODELS.get(name);
  if (named) return named.kind === 'whisper' ? named : undefined;
  const included = INCLUDED_MODELS.get(name);
  return included?.kind === 'whisper' ? included : undefined;
}

function fits({ memoryMb }: WhisperModel, { memoryBytes, usedBytes, hosts }: Machine): boolean {
  return usedBytes + hosts * memoryMb * 1_000_000 <= memoryBytes * MEMORY_SHARE;
}
