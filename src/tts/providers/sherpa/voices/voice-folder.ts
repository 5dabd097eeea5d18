import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readOnnx } from '../../../../common/onnx/onnx-model.js';
import type { VoiceFiles } from '../host/host-messages.js';
import { languageCode } from './language-names.js';

/** A neural voice on disk, in sherpa-onnx's layout, with everything that its synthesis needs. */
export interface NeuralVoice {
  /** The name of its folder. */
  name: string;
  /** Tells it from another one that had the same name. */
  key: string;
  files: VoiceFiles;
  /** BCP 47; never empty. */
  languages: readonly string[];
  licence?: string;
  /** Names by number. A voice may have more speakers than names. */
  speakers: readonly string[];
  speakerCount: number;
}

/** What is wrong with a folder, in a few words and without a path. */
export class VoiceFolderError extends Error {
  override readonly name = 'VoiceFolderError';
}

/** What there is to know of a voice beside its files; `npm run models -- pull voice:NAME` writes it. */
const DESCRIPTION = 'voice.json';
const descriptionSchema = z.object({
  kind: z.enum(['vits', 'kokoro', 'matcha']).optional(),
  languages: z
    .array(z.string().regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/))
    .min(1)
    .optional(),
  licence: z.string().max(128).optional(),
  speakers: z.array(z.string().min(1).max(64)).max(4_096).optional(),
});
type Description = z.output<typeof descriptionSchema>;

const ESPEAK_DATA = 'espeak-ng-data';
/** What espeak-ng reads whatever the language is. */
const ESPEAK_FILES = ['phontab', 'phonindex', 'phondata'];
const VOCODER = /^(?:vocos|hifigan).*\.onnx$|vocoder.*\.onnx$/i;
/** Rules for numbers and dates, in the order in which sherpa's own examples name them. */
const RULES_FIRST = ['phone.fst', 'date.fst', 'number.fst'];
const FLOAT_BYTES = 4;

/** @throws VoiceFolderError */
export function readVoiceFolder(parent: string, name: string): NeuralVoice {
  const folder = join(parent, name);
  const names = listFolder(folder);
  const description = describe(folder, names);
  const kind = description.kind ?? kindOf(names);
  const path = (file: string): string => (names.includes(file) ? join(folder, file) : '');
  const paths = (files: readonly string[]): string => files.map((file) => join(folder, file)).join(',');
  const models = names.filter((file) => file.endsWith('.onnx')).toSorted();
  const model = models.find((file) => !VOCODER.test(file));
  if (model === undefined) throw new VoiceFolderError('it has no .onnx model');
  if (!names.includes('tokens.txt')) throw new VoiceFolderError('it has no tokens.txt');
  const files: VoiceFiles = {
    kind,
    model: join(folder, model),
    tokens: join(folder, 'tokens.txt'),
    lexicon: paths(names.filter((file) => /^lexicon.*\.txt$/.test(file)).toSorted()),
    dataDir: path(ESPEAK_DATA),
    ruleFsts: paths(rulesIn(names)),
    voices: path('voices.bin'),
    espeakLanguage: '',
    vocoder: paths(models.filter((file) => VOCODER.test(file)).slice(0, 1)),
  };
  const metadata = metadataOf(files.model);
  requireData(files, metadata);
  const speakerCount = Math.max(1, Number(metadata.get('n_speakers') ?? 1) || 1);
  const { size, mtimeMs } = statSync(files.model);
  return {
    name,
    key: `${name} ${size} ${Math.round(mtimeMs)} ${JSON.stringify(description)}`,
    files: { ...files, espeakLanguage: espeakLanguage(files, metadata, description) },
    languages: description.languages ?? languagesOf(metadata),
    ...(description.licence !== undefined && { licence: description.licence }),
    speakers: (description.speakers ?? namesOf(metadata)).slice(0, speakerCount),
    speakerCount,
  };
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    throw new VoiceFolderError('it cannot be read');
  }
}

function describe(folder: string, names: readonly string[]): Description {
  if (!names.includes(DESCRIPTION)) return {};
  try {
    return descriptionSchema.parse(JSON.parse(readFileSync(join(folder, DESCRIPTION), 'utf8')));
  } catch {
    throw new VoiceFolderError(
      `its ${DESCRIPTION} is wrong: it may say kind (vits, kokoro, matcha), languages, licence and speakers`,
    );
  }
}

function kindOf(names: readonly string[]): VoiceFiles['kind'] {
  if (names.includes('voices.bin')) return 'kokoro';
  return names.some((file) => VOCODER.test(file)) ? 'matcha' : 'vits';
}

function rulesIn(names: readonly string[]): string[] {
  const rules = names.filter((file) => file.endsWith('.fst')).toSorted();
  return [
    ...RULES_FIRST.filter((file) => rules.includes(file)),
    ...rules.filter((file) => !RULES_FIRST.includes(file)),
  ];
}

function metadataOf(model: string): ReadonlyMap<string, string> {
  try {
    const { metadata } = readOnnx(model);
    if (metadata.has('sample_rate') && metadata.has('n_speakers')) return metadata;
  } catch {
    // Neither is it a voice.
  }
  throw new VoiceFolderError('its model is none of sherpa-onnx: it does not tell sample_rate and n_speakers');
}

/** What sherpa would end the process for. @throws VoiceFolderError */
function requireData(files: VoiceFiles, metadata: ReadonlyMap<string, string>): void {
  const { kind, dataDir, lexicon, voices, vocoder } = files;
  if (dataDir !== '' && ESPEAK_FILES.some((file) => !existsSync(join(dataDir, file))))
    throw new VoiceFolderError(`its ${ESPEAK_DATA} is not whole`);
  const needsText = metadata.get('frontend') !== 'characters';
  if (needsText && dataDir === '' && lexicon === '')
    throw new VoiceFolderError(`it has neither ${ESPEAK_DATA} nor a lexicon.txt`);
  if (kind === 'matcha' && vocoder === '') throw new VoiceFolderError('it has no vocoder (vocos*.onnx)');
  if (kind !== 'kokoro') return;
  if (voices === '') throw new VoiceFolderError('it has no voices.bin');
  const styles = (metadata.get('style_dim') ?? '').split(',').map(Number);
  const bytes = Number(metadata.get('n_speakers')) * styles.reduce((a, b) => a * b, FLOAT_BYTES);
  if (statSync(voices).size < bytes) throw new VoiceFolderError('its voices.bin is cut or of another model');
}

/** A Kokoro of several languages reads by its lexicon, or by espeak-ng in a language that it has to be told. */
function espeakLanguage(
  { kind, lexicon }: VoiceFiles,
  metadata: ReadonlyMap<string, string>,
  { languages }: Description,
): string {
  if (kind !== 'kokoro' || lexicon !== '') return '';
  return (languages?.[0] ?? metadata.get('voice') ?? '').toLowerCase();
}

function languagesOf(metadata: ReadonlyMap<string, string>): string[] {
  const spoken = metadata.get('voice') || languageCode(metadata.get('language') ?? '');
  if (!spoken) throw new VoiceFolderError(`nothing tells its language: name it in a ${DESCRIPTION}`);
  return [spoken];
}

function namesOf(metadata: ReadonlyMap<string, string>): string[] {
  return (metadata.get('speaker_names') ?? '').split(',').filter((each) => each !== '');
}
