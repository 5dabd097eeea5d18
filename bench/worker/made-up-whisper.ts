import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WHISPER_LANGUAGES } from '../../src/whisper-worker/engines/whisper-languages.js';
import { DataType, OnnxGraph, type Port } from './onnx-writer.js';

/** Whisper tiny's true dimensions. */
const TINY = { mels: 80, width: 384, heads: 6, encoderLayers: 4, decoderLayers: 4, vocabulary: 51_865 };
const AUDIO_CONTEXT = 1_500;
const TEXT_CONTEXT = 448;
const EOT = 50_257;
const SOT = 50_258;
const NO_TIMESTAMPS = 50_363;
/** Every decode says so many tokens, unless the audio is too short for them. */
const TOKENS = 20;
/** Tokens that go in before the first comes out. */
const PROMPT_TOKENS = 4;

/**
 * Writes a model with the shape, the 8-bit arithmetic and so the cost of Whisper tiny, as sherpa-onnx exports it, with weights
 * made up: its words mean nothing, its time does. The decoder is scripted to end after 20 tokens.
 */
export async function writeMadeUpTiny(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'tiny-encoder.int8.onnx'), encoder());
  await writeFile(join(folder, 'tiny-decoder.int8.onnx'), decoder());
  const lines = Array.from({ length: EOT }, (_, id) => `${Buffer.from(` w${id}`).toString('base64')} ${id}`);
  await writeFile(join(folder, 'tiny-tokens.txt'), `${lines.join('\n')}\n`);
}

let state = 1;
function randomByte(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return (state >>> 24) - 128;
}

class WhisperGraph extends OnnxGraph {
  scalar(value: number): string {
    return this.floats([value], []);
  }

  /** A product with 8-bit weights, quantising its input as it comes, like the exports of sherpa-onnx. */
  linear(x: string, from: number, to: number): string {
    const weights = this.tensor(DataType.int8, [from, to], Int8Array.from({ length: from * to }, randomByte));
    const [quantised, scale, zero, product] = [this.name(), this.name(), this.name(), this.name()];
    this.node('DynamicQuantizeLinear', [x], [quantised, scale, zero]);
    const zeroWeight = this.tensor(DataType.int8, [], Int8Array.of(0));
    this.node('MatMulInteger', [quantised, weights, zero, zeroWeight], [product]);
    const factor = this.op('Mul', [scale, this.scalar(1 / (74 * Math.sqrt(from)))]);
    const y = this.op('Mul', [this.op('Cast', [product], { to: DataType.float }), factor]);
    return this.op('Add', [y, this.floats(Array.from({ length: to }, () => 0))]);
  }

  norm(x: string): string {
    const ones = this.floats(Array.from({ length: TINY.width }, () => 1));
    const zeros = this.floats(Array.from({ length: TINY.width }, () => 0));
    return this.op('LayerNormalization', [x, ones, zeros], { axis: -1, epsilon: 0.00001 });
  }

  gelu(x: string): string {
    const erf = this.op('Erf', [this.op('Div', [x, this.scalar(Math.SQRT2)])]);
    const grown = this.op('Mul', [x, this.op('Add', [erf, this.scalar(1)])]);
    return this.op('Mul', [grown, this.scalar(0.5)]);
  }

  mlp(x: string): string {
    return this.linear(this.gelu(this.linear(x, TINY.width, 4 * TINY.width)), 4 * TINY.width, TINY.width);
  }

  attention(q: string, k: string, v: string, mask?: string): string {
    const { width, heads } = TINY;
    const split = this.ints([0, 0, heads, width / heads]);
    const [queries, values] = [q, v].map((x) =>
      this.op('Transpose', [this.op('Reshape', [x, split])], { perm: [0, 2, 1, 3] }),
    );
    const keys = this.op('Transpose', [this.op('Reshape', [k, split])], { perm: [0, 2, 3, 1] });
    const product = this.op('Mul', [
      this.op('MatMul', [queries!, keys]),
      this.scalar((width / heads) ** -0.5),
    ]);
    const scores = mask === undefined ? product : this.op('Add', [product, mask]);
    const heard = this.op('MatMul', [this.op('Softmax', [scores], { axis: -1 }), values!]);
    const joined = this.op('Reshape', [
      this.op('Transpose', [heard], { perm: [0, 2, 1, 3] }),
      this.ints([0, 0, width]),
    ]);
    return this.linear(joined, width, width);
  }

  square(x: string): string {
    return this.linear(x, TINY.width, TINY.width);
  }

  add(a: string, b: string): string {
    return this.op('Add', [a, b]);
  }

  length(x: string, axis: number): string {
    return this.op('Slice', [this.op('Shape', [x]), this.ints([axis]), this.ints([axis + 1])]);
  }

  random(count: number, scale: number, dims: readonly number[]): string {
    return this.tensor(
      DataType.float,
      dims,
      Float32Array.from({ length: count }, () => (randomByte() / 128) * scale),
    );
  }
}

const cross = (): Port[] =>
  ['k', 'v'].map((part) => ({
    name: `n_layer_cross_${part}`,
    type: DataType.float,
    shape: [TINY.decoderLayers, 'batch', 'audio', TINY.width],
  }));

const cache = (way: 'in' | 'out'): Port[] =>
  ['k', 'v'].map((part) => ({
    name: `${way}_n_layer_self_${part}_cache`,
    type: DataType.float,
    shape: [TINY.decoderLayers, 'batch', TEXT_CONTEXT, TINY.width],
  }));

function encoder(): Buffer {
  const g = new WhisperGraph();
  const { mels, width } = TINY;
  let x = 'mel';
  for (const [from, stride] of [
    [mels, 1],
    [width, 2],
  ] as const) {
    const kernel = g.random(width * from * 3, 1 / Math.sqrt(from * 3), [width, from, 3]);
    const bias = g.floats(Array.from({ length: width }, () => 0));
    x = g.gelu(g.op('Conv', [x, kernel, bias], { kernel_shape: [3], pads: [1, 1], strides: [stride] }));
  }
  x = g.op('Transpose', [x], { perm: [0, 2, 1] });
  const places = g.random(AUDIO_CONTEXT * width, 0.1, [AUDIO_CONTEXT, width]);
  x = g.add(x, g.op('Slice', [places, g.ints([0]), g.length(x, 1), g.ints([0])]));
  for (let layer = 0; layer < TINY.encoderLayers; layer += 1) {
    const y = g.norm(x);
    x = g.add(x, g.attention(g.square(y), g.square(y), g.square(y)));
    x = g.add(x, g.mlp(g.norm(x)));
  }
  x = g.norm(x);
  for (const { name } of cross()) {
    const layers = Array.from({ length: TINY.decoderLayers }, () =>
      g.op('Unsqueeze', [g.square(x), g.ints([0])]),
    );
    g.op('Concat', layers, { axis: 0 }, name);
  }
  return g.model(
    [{ name: 'mel', type: DataType.float, shape: ['batch', mels, 'frames'] }],
    cross(),
    metadata(),
  );
}

function decoder(): Buffer {
  const g = new WhisperGraph();
  const { width, vocabulary } = TINY;
  const table = g.random(vocabulary * width, 0.1, [vocabulary, width]);
  const places = g.random(TEXT_CONTEXT * width, 0.1, [TEXT_CONTEXT, width]);
  const end = g.op('Add', ['offset', g.length('tokens', 1)]);
  let x = g.add(g.op('Gather', [table, 'tokens']), g.op('Slice', [places, 'offset', end, g.ints([0])]));
  const mask = causalMask(g, end);
  const caches: Record<string, string[]> = { k: [], v: [] };
  for (let layer = 0; layer < TINY.decoderLayers; layer += 1) {
    const y = g.norm(x);
    const now: Record<string, string> = {};
    for (const part of ['k', 'v']) {
      const old = g.op('Gather', [`in_n_layer_self_${part}_cache`, g.ints([layer], [])], { axis: 0 });
      const before = g.op('Slice', [old, g.ints([0]), 'offset', g.ints([1])]);
      const after = g.op('Slice', [old, end, g.ints([TEXT_CONTEXT]), g.ints([1])]);
      now[part] = g.op('Concat', [before, g.square(y)], { axis: 1 });
      caches[part]!.push(g.op('Unsqueeze', [g.op('Concat', [now[part], after], { axis: 1 }), g.ints([0])]));
    }
    x = g.add(x, g.attention(g.square(y), now['k']!, now['v']!, mask));
    const [k, v] = ['k', 'v'].map((part) =>
      g.op('Gather', [`n_layer_cross_${part}`, g.ints([layer], [])], { axis: 0 }),
    );
    x = g.add(x, g.attention(g.square(g.norm(x)), k!, v!));
    x = g.add(x, g.mlp(g.norm(x)));
  }
  g.op('Add', [g.linear(g.norm(x), width, vocabulary), script(g, end)], {}, 'logits');
  for (const part of ['k', 'v']) g.op('Concat', caches[part]!, { axis: 0 }, `out_n_layer_self_${part}_cache`);
  return g.model(
    [
      { name: 'tokens', type: DataType.int64, shape: ['batch', 'count'] },
      ...cache('in'),
      ...cross(),
      { name: 'offset', type: DataType.int64, shape: [1] },
    ],
    [{ name: 'logits', type: DataType.float, shape: ['batch', 'count', vocabulary] }, ...cache('out')],
  );
}

function causalMask(g: WhisperGraph, end: string): string {
  const scalar = g.tensor(DataType.int64, [0], new BigInt64Array(0));
  const [from, to] = ['offset', end].map((x) => g.op('Reshape', [x, scalar]));
  const range = (first: string): string => g.op('Range', [first, to!, g.ints([1], [])]);
  const asks = g.op('Unsqueeze', [range(from!), g.ints([1])]);
  const later = g.op('Greater', [g.op('Unsqueeze', [range(g.ints([0], [])), g.ints([0])]), asks]);
  return g.op('Mul', [g.op('Cast', [later], { to: DataType.float }), g.scalar(-10_000)]);
}

/** Only words until the last token is due, then only the end of text. */
function script(g: WhisperGraph, end: string): string {
  const isOver = g.op('Cast', [g.op('GreaterOrEqual', [end, g.ints([PROMPT_TOKENS + TOKENS])])], {
    to: DataType.float,
  });
  const [words, over] = [
    new Float32Array(TINY.vocabulary).fill(-1e4, EOT),
    new Float32Array(TINY.vocabulary),
  ];
  over[EOT] = 3e4;
  const [wordsOnly, endOnly] = [words, over].map((values) =>
    g.tensor(DataType.float, [TINY.vocabulary], values),
  );
  return g.add(wordsOnly!, g.op('Mul', [endOnly!, isOver]));
}

function metadata(): Record<string, string | number> {
  const { mels, width, heads, encoderLayers, decoderLayers, vocabulary } = TINY;
  const languages = [...WHISPER_LANGUAGES];
  return {
    model_type: 'whisper-tiny',
    version: 1,
    maintainer: 'made up',
    n_mels: mels,
    n_audio_ctx: AUDIO_CONTEXT,
    n_audio_state: width,
    n_audio_head: heads,
    n_audio_layer: encoderLayers,
    n_vocab: vocabulary,
    n_text_ctx: TEXT_CONTEXT,
    n_text_state: width,
    n_text_head: heads,
    n_text_layer: decoderLayers,
    sot_sequence: `${SOT},${SOT + 1},50359`,
    sot: SOT,
    sot_index: 0,
    eot: EOT,
    blank_id: 220,
    is_multilingual: 1,
    no_speech: 50_362,
    non_speech_tokens: '',
    transcribe: 50_359,
    translate: 50_358,
    sot_prev: 50_361,
    sot_lm: 50_360,
    no_timestamps: NO_TIMESTAMPS,
    all_language_tokens: languages.map((_, index) => SOT + 1 + index).join(','),
    all_language_codes: languages.join(','),
  };
}
