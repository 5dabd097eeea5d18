import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fromProject } from '../../../config/project-paths.js';
import { ModelFault } from '../model-fault.js';
import { checkModel } from './check-model.js';
import { findModel } from './model-folder.js';

const ENGLISH = fromProject('test/fixtures/models/sixty-words/en');
const KOREAN = fromProject('test/fixtures/models/sixty-words/ko');

describe(checkModel.name, () => {
  let models: string;

  beforeEach(() => {
    models = mkdtempSync(join(tmpdir(), 'models-'));
    cpSync(ENGLISH, join(models, 'mine'), { recursive: true });
  });

  afterEach(() => rmSync(models, { recursive: true }));

  const path = (file: string): string => join(models, 'mine', file);

  async function fault(): Promise<string> {
    const error = await checkModel(findModel('mine', models)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ModelFault);
    return (error as ModelFault).message;
  }

  /** Changes a text in the encoder to one of the same length. */
  function rewrite(from: string, to: string): void {
    const content = readFileSync(path('encoder.onnx'));
    const at = content.indexOf(from);
    content.write(to, at);
    writeFileSync(path('encoder.onnx'), content);
  }

  function describeFile(name: string, sizeBytes: number): void {
    writeFileSync(path('model.json'), JSON.stringify({ name: 'mine', files: [{ name, sizeBytes }] }));
  }

  it('lets a whole model pass', async () => {
    await expect(checkModel(findModel('mine', models))).resolves.toBeUndefined();
  });

  it('lets the model that comes with Parley pass', async () => {
    await expect(checkModel(findModel('whisper-base', models))).resolves.toBeUndefined();
  });

  it('looks into the model of every language', async () => {
    const both = fromProject('test/fixtures/models/sixty-words');
    await expect(checkModel(findModel(both, models))).resolves.toBeUndefined();
  });

  it.each(['encoder.onnx', 'decoder.onnx'])('names %s when it is cut off', async (file) => {
    truncateSync(path(file), statSync(path(file)).size - 10_000);
    expect(await fault()).toMatch(new RegExp(`^${file} is cut off`));
  });

  it.each(['', 'this is no model', '\u0007'])('names a file that is no model: %j', async (content) => {
    writeFileSync(path('decoder.onnx'), content);
    expect(await fault()).toMatch(/^decoder.onnx is (no ONNX model|cut off)/);
  });

  it('names the metadata that an encoder has not', async () => {
    rewrite('n_text_layer', 'x_text_layer');
    rewrite('no_speech', 'xo_speech');
    expect(await fault()).toMatch(/^encoder.onnx has no n_text_layer, no_speech in its metadata/);
  });

  it('names metadata that should be a number and is none', async () => {
    rewrite('blank_id\u0012\u0003117', 'blank_id\u0012\u0003two');
    expect(await fault()).toMatch(/has no blank_id/);
  });

  it('takes a decoder for no encoder', async () => {
    cpSync(path('decoder.onnx'), path('encoder.onnx'));
    expect(await fault()).toMatch(/^encoder.onnx has no n_mels/);
  });

  it('notices the decoder of another model', async () => {
    cpSync(fromProject('models/whisper-base/decoder.int8.onnx'), path('decoder.onnx'));
    expect(await fault()).toBe('decoder.onnx is not the decoder of encoder.onnx');
  });

  it('notices a decoder that is none', async () => {
    cpSync(path('encoder.onnx'), path('decoder.onnx'));
    expect(await fault()).toBe('decoder.onnx is not the decoder of encoder.onnx');
  });

  it('notices the tokens of another model', async () => {
    cpSync(join(KOREAN, 'tokens.txt'), path('tokens.txt'));
    expect(await fault()).toBe(
      'tokens.txt belongs to another model: it has 63 tokens, and the encoder says 120 before the end of text',
    );
  });

  it('notices a vocabulary with one token more, as that of the multilingual models beside the English one', async () => {
    writeFileSync(path('tokens.txt'), `${readFileSync(path('tokens.txt'), 'utf8').trimEnd()}\nIGE= 120\n`);
    expect(await fault()).toMatch(/^tokens.txt belongs to another model/);
  });

  it('takes tokens that have the special ones too', async () => {
    const end = Buffer.from('<|endoftext|>').toString('base64');
    writeFileSync(path('tokens.txt'), `${readFileSync(path('tokens.txt'), 'utf8').trimEnd()}\n${end} 120\n`);
    await expect(checkModel(findModel('mine', models))).resolves.toBeUndefined();
  });

  it('notices a file of another size than when it was pulled', async () => {
    describeFile('decoder.onnx', 12);
    expect(await fault()).toMatch(/^decoder.onnx has \d+ bytes, and model.json says 12/);
  });

  it('lets a size pass that is as it was', async () => {
    describeFile('decoder.onnx', statSync(path('decoder.onnx')).size);
    await expect(checkModel(findModel('mine', models))).resolves.toBeUndefined();
  });

  it('names a manifest that is none', async () => {
    writeFileSync(path('model.json'), '{');
    expect(await fault()).toMatch(/^model.json is not what a pull writes/);
  });

  it('says nothing of where the model lies', async () => {
    writeFileSync(path('encoder.onnx'), 'x');
    expect(await fault()).not.toContain(models);
  });
});
