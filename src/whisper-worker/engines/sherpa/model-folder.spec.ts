import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ModelFault } from '../model-fault.js';
import { findModel } from './model-folder.js';

describe(findModel.name, () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'models-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function place(name: string, files: string[]): void {
    mkdirSync(join(folder, name), { recursive: true });
    for (const file of files) writeFileSync(join(folder, name, file), '');
  }

  it('finds a model by the name of its folder', () => {
    place('tiny.en', ['tiny.en-encoder.int8.onnx', 'tiny.en-decoder.int8.onnx', 'tiny.en-tokens.txt']);
    expect(findModel('tiny.en', folder)).toEqual({
      name: 'tiny.en',
      files: {
        encoder: join(folder, 'tiny.en/tiny.en-encoder.int8.onnx'),
        decoder: join(folder, 'tiny.en/tiny.en-decoder.int8.onnx'),
        tokens: join(folder, 'tiny.en/tiny.en-tokens.txt'),
        tailPaddingFrames: 1_000,
        contextFrames: 0,
      },
      isMultilingual: false,
    });
  });

  it('takes the padding and the context that a model says it wants', () => {
    place('m', ['encoder.onnx', 'decoder.onnx', 'tokens.txt']);
    const wants = { tailPaddingFrames: 100, contextFrames: 1_500 };
    writeFileSync(join(folder, 'm/description.json'), JSON.stringify(wants));
    expect(findModel('m', folder)).toMatchObject({ files: wants });
  });

  it.each(['{', '{"tailPaddingFrames": -1}', '{"contextFrames": 3001}', '{"padding": 1}'])(
    'says what is wrong with %s',
    (description) => {
      place('m', ['encoder.onnx', 'decoder.onnx', 'tokens.txt']);
      writeFileSync(join(folder, 'm/description.json'), description);
      expect(() => findModel('m', folder)).toThrow(/description.json.*tailPaddingFrames/);
    },
  );

  it('prefers the 8-bit files', () => {
    place('m', ['encoder.onnx', 'encoder.int8.onnx', 'decoder.onnx', 'tokens.txt']);
    expect(findModel('m', folder)).toMatchObject({ files: { encoder: join(folder, 'm/encoder.int8.onnx') } });
  });

  it('finds a model by path', () => {
    place('elsewhere', ['encoder.onnx', 'decoder.onnx', 'tokens.txt']);
    expect(findModel(join(folder, 'elsewhere'), 'nowhere')).toMatchObject({ name: 'elsewhere' });
  });

  it('finds a model per language, each with its own padding', () => {
    place('two/english', ['encoder.onnx', 'decoder.onnx', 'tokens.txt', 'description.json']);
    place('two/ko', ['encoder.onnx', 'decoder.onnx', 'tokens.txt']);
    writeFileSync(join(folder, 'two/english/description.json'), '{"tailPaddingFrames": 100}');
    writeFileSync(join(folder, 'two/description.json'), '{"languages": {"en": "english", "ko": "ko"}}');

    const choice = findModel('two', folder);

    const paddings =
      'byLanguage' in choice &&
      [...choice.byLanguage].map(([code, files]) => [code, files.tailPaddingFrames]);
    expect(paddings).toEqual([
      ['en', 100],
      ['ko', 1_000],
    ]);
  });

  it('keeps the models of languages inside their folder', () => {
    place('two', []);
    writeFileSync(join(folder, 'two/description.json'), '{"languages": {"en": ".."}}');
    expect(() => findModel('two', folder)).toThrow(/description.json.*languages/);
  });

  it('refuses a folder that is not there', () => {
    expect(() => findModel('missing', folder)).toThrow(ModelFault);
    expect(() => findModel('missing', folder)).toThrow(/MODELS_DIR/);
  });

  it('says how to get a model that can be pulled', () => {
    expect(() => findModel('tiny.en', folder)).toThrow(/npm run models -- pull tiny\.en/);
  });

  it('says which file of an incomplete model is missing', () => {
    place('half', ['encoder.onnx', 'tokens.txt']);
    expect(() => findModel('half', folder)).toThrow(/decoder/);
  });
});
