import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataType, OnnxGraph, type Port } from '../../bench/worker/onnx-writer.js';

const MELS = 80;
const TEXT_CONTEXT = 448;
const VOCABULARY = 60;
const EOT = 20;
const SOT = 21;
const NO_TIMESTAMPS = 22;
/** Tokens that go in before the first comes out. */
const PROMPT_TOKENS = 2;
/** Encoder frames of 20 ms: with less context than ten seconds it loops, as Whisper does. */
const LEAST_CONTEXT = 500;
/** What it says, as ids of tokens; the words are `w0` and so on. */
const SENTENCE = [1, 2, 3, 4, 5];
const LOOP = [...SENTENCE, ...SENTENCE, ...SENTENCE];

export const SPOKEN = 'w1 w2 w3 w4 w5';

/**
 * Writes an English-only model in sherpa's layout that hears one sentence in everything, once when it is given enough behind the
 * utterance and three times when not: how much sherpa is told to add is all that it goes by.
 */
export async function writeContextBoundWhisper(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'encoder.onnx'), encoder());
  await writeFile(join(folder, 'decoder.onnx'), decoder());
  const tokens = Array.from({ length: EOT }, (_, id) => `${Buffer.from(` w${id}`).toString('base64')} ${id}`);
  await writeFile(join(folder, 'tokens.txt'), `${tokens.join('\n')}\n`);
}

const cross: Port[] = ['k', 'v'].map((part) => ({
  name: `n_layer_cross_${part}`,
  type: DataType.float,
  shape: [1, 'batch', 'audio', MELS],
}));

const cache = (way: 'in' | 'out'): Port[] =>
  ['k', 'v'].map((part) => ({
    name: `${way}_n_layer_self_${part}_cache`,
    type: DataType.float,
    shape: [1, 'batch', TEXT_CONTEXT, MELS],
  }));

/** Halves the frames, as Whisper's second convolution does. */
function encoder(): Buffer {
  const g = new OnnxGraph();
  const frames = g.op('Transpose', ['mel'], { perm: [0, 2, 1] });
  const everySecond = g.op('Slice', [frames, g.ints([0]), g.ints([100_000]), g.ints([1]), g.ints([2])]);
  for (const { name } of cross) g.op('Unsqueeze', [everySecond, g.ints([0])], {}, name);
  return g.model(
    [{ name: 'mel', type: DataType.float, shape: ['batch', MELS, 'frames'] }],
    cross,
    metadata(),
  );
}

function decoder(): Buffer {
  const g = new OnnxGraph();
  const length = (x: string, axis: number): string =>
    g.op('Slice', [g.op('Shape', [x]), g.ints([axis]), g.ints([axis + 1])]);
  const count = length('tokens', 1);
  const step = g.op('Sub', [g.op('Add', ['offset', count]), g.ints([PROMPT_TOKENS])]);
  const isShort = g.op('Less', [length('n_layer_cross_k', 2), g.ints([LEAST_CONTEXT])]);
  const table = g.op('Where', [isShort, script(g, LOOP), script(g, SENTENCE)]);
  const row = g.op('Gather', [table, step], { axis: 0 });
  const shape = g.op('Concat', [g.ints([1]), count, g.ints([VOCABULARY])], { axis: 0 });
  g.op('Expand', [row, shape], {}, 'logits');
  for (const part of ['k', 'v'])
    g.op('Identity', [`in_n_layer_self_${part}_cache`], {}, `out_n_layer_self_${part}_cache`);
  return g.model(
    [
      { name: 'tokens', type: DataType.int64, shape: ['batch', 'count'] },
      ...cache('in'),
      ...cross,
      { name: 'offset', type: DataType.int64, shape: [1] },
    ],
    [{ name: 'logits', type: DataType.float, shape: ['batch', 'count', VOCABULARY] }, ...cache('out')],
  );
}

/** One row of logits per step: the token that is due, then the end of text. */
function script(g: OnnxGraph, ids: readonly number[]): string {
  const steps = TEXT_CONTEXT;
  const logits = new Float32Array(steps * VOCABULARY).fill(-10);
  for (let step = 0; step < steps; step += 1) logits[step * VOCABULARY + (ids[step] ?? EOT)] = 10;
  return g.tensor(DataType.float, [steps, VOCABULARY], logits);
}

function metadata(): Record<string, string | number> {
  return {
    model_type: 'whisper-tiny.en',
    version: 1,
    maintainer: 'made up',
    n_mels: MELS,
    n_audio_ctx: 1_500,
    n_audio_state: MELS,
    n_audio_head: 1,
    n_audio_layer: 1,
    n_vocab: VOCABULARY,
    n_text_ctx: TEXT_CONTEXT,
    n_text_state: MELS,
    n_text_head: 1,
    n_text_layer: 1,
    sot_sequence: String(SOT),
    sot: SOT,
    sot_index: 0,
    eot: EOT,
    blank_id: 0,
    is_multilingual: 0,
    no_speech: 23,
    non_speech_tokens: '',
    transcribe: 24,
    translate: 25,
    sot_prev: 26,
    sot_lm: 27,
    no_timestamps: NO_TIMESTAMPS,
    all_language_tokens: '28',
    all_language_codes: 'en',
  };
}
