import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { NAMED_MODELS } from '../../../models/catalogue.js';
import { MANIFEST } from '../../../models/pulled-folder.js';
import { ModelFault } from '../model-fault.js';
import type { ModelChoice, ModelFiles } from './model-folder.js';
import { OnnxFault, readOnnx, type OnnxModel } from '../../../common/onnx/onnx-model.js';

const MAX_MANIFEST_BYTES = 1_048_576;
/** Whisper's has 0.8 MB. */
const MAX_TOKENS_BYTES = 16_777_216;

const manifestSchema = z.object({
  files: z.array(z.object({ name: z.string(), sizeBytes: z.number() })),
});

/** What sherpa-onnx's Whisper reads of an encoder. It ends its process when one is missing or is no number. */
const NUMBERS = [
  'n_mels',
  'n_text_layer',
  'n_text_ctx',
  'n_text_state',
  'n_vocab',
  'sot',
  'eot',
  'blank_id',
  'transcribe',
  'translate',
  'is_multilingual',
  'no_timestamps',
  'no_speech',
];
/** Input of a decoder: layers, batch, positions, width. With that of another model sherpa-onnx hears nothing, and says so only in its log. */
const CACHE = 'in_n_layer_self_k_cache';
const LISTS = ['sot_sequence'];
const LISTS_OF_MANY_LANGUAGES = ['all_language_tokens', 'all_language_codes'];

/**
 * Looks for what would end an engine process in native code, or would make it say nonsense: files that are cut off or of another size
 * than when they were pulled, metadata that is missing, a vocabulary of another model. Costs a few reads; checksums are compared by
 * `npm run models -- verify`. @throws ModelFault that names the file
 */
export async function checkModel(choice: ModelChoice): Promise<void> {
  const all = 'byLanguage' in choice ? [...choice.byLanguage.values()] : [choice.files];
  for (const files of all) {
    await checkSizes(choice.name, files);
    await checkGraphs(choice.name, files);
  }
}

/** Sizes alone, as the checksums of a large model take seconds. */
async function checkSizes(model: string, { encoder, decoder, tokens }: ModelFiles): Promise<void> {
  const folder = dirname(encoder);
  const manifest = await readManifest(model, join(folder, MANIFEST));
  const used = [encoder, decoder, tokens].map((path) => basename(path));
  const described = manifest?.files.filter(({ name }) => used.includes(basename(name))) ?? [];
  for (const { name, sizeBytes } of described) {
    const { size } = await stat(join(folder, name)).catch(() => ({ size: 0 }));
    if (size === sizeBytes) continue;
    throw new ModelFault(`${name} has ${size} bytes, and ${MANIFEST} says ${sizeBytes}. ${repairOf(model)}`);
  }
}

async function checkGraphs(model: string, { encoder, decoder, tokens }: ModelFiles): Promise<void> {
  const { metadata } = graphOf(model, encoder);
  const { inputs } = graphOf(model, decoder);
  const isMissing = (name: string): boolean => (metadata.get(name) ?? '') === '';
  const isNoNumber = (name: string): boolean => !/^-?\d+$/.test(metadata.get(name) ?? '');
  const lists = metadata.get('is_multilingual') === '1' ? [...LISTS, ...LISTS_OF_MANY_LANGUAGES] : LISTS;
  const wrong = [...NUMBERS.filter(isNoNumber), ...lists.filter(isMissing)];
  if (wrong.length > 0) {
    throw new ModelFault(
      `${basename(encoder)} has no ${wrong.join(', ')} in its metadata, so it is no Whisper encoder as sherpa-onnx exports it`,
    );
  }
  const cache = inputs.get(CACHE);
  const [layers, , , width] = cache ?? [];
  const isOther = (size: number | undefined, told: string): boolean =>
    size !== undefined && size !== Number(metadata.get(told));
  if (!cache || isOther(layers, 'n_text_layer') || isOther(width, 'n_text_state')) {
    throw new ModelFault(`${basename(decoder)} is not the decoder of ${basename(encoder)}`);
  }
  await checkTokens(tokens, Number(metadata.get('eot')), Number(metadata.get('n_vocab')));
}

/**
 * Lines of `BASE64 ID`. Exports write all tokens before the end of text, and some write the special ones behind them too. The English
 * and the multilingual vocabulary differ by one.
 */
async function checkTokens(path: string, endOfText: number, vocabulary: number): Promise<void> {
  const file = basename(path);
  const { size } = await stat(path);
  if (size > MAX_TOKENS_BYTES) throw new ModelFault(`${file} is too large for a list of tokens`);
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  // In the order of their ids, of which some may be missing.
  const count = Number(lines.at(-1)?.split(' ')[1] ?? -1) + 1;
  const special = lines.find((line) => line.endsWith(` ${endOfText}`))?.split(' ')[0];
  const isSpecial = special === undefined || Buffer.from(special, 'base64').toString().startsWith('<|');
  if (count >= endOfText && count <= vocabulary && isSpecial) return;
  throw new ModelFault(
    `${file} belongs to another model: it has ${count} tokens, and the encoder says ${endOfText} before the end of text`,
  );
}

function graphOf(model: string, path: string): OnnxModel {
  try {
    return readOnnx(path);
  } catch (error) {
    if (!(error instanceof OnnxFault))
      throw new ModelFault(`${basename(path)} cannot be read`, { cause: error });
    throw new ModelFault(`${basename(path)} ${error.message}. ${repairOf(model)}`);
  }
}

async function readManifest(
  model: string,
  path: string,
): Promise<z.output<typeof manifestSchema> | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  const parsed =
    found.size <= MAX_MANIFEST_BYTES
      ? manifestSchema.safeParse(
          await readFile(path, 'utf8')
            .then(JSON.parse)
            .catch(() => undefined),
        )
      : undefined;
  if (parsed?.success) return parsed.data;
  throw new ModelFault(`${MANIFEST} is not what a pull writes. ${repairOf(model)}`);
}

function repairOf(model: string): string {
  return NAMED_MODELS.has(model) ? `Repair it with: npm run models -- pull ${model}` : 'Put it there again';
}
