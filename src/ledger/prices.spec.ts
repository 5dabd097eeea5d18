import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder, type TemporaryFolder } from '../../test/support/temporary-folder.js';
import { ConfigError } from '../config/load-env.js';
import { configurationOf } from '../configuration.js';
import { Prices } from './prices.js';

const HEAD = { date: '2026-11-26', source: 'Example', currency: 'USD' };

describe(Prices.name, () => {
  let folder: TemporaryFolder;

  beforeEach(async () => void (folder = await temporaryFolder()));
  afterEach(() => folder.remove());

  async function load(content: unknown): Promise<Prices> {
    const path = join(folder.path, 'prices.json');
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return Prices.load(path);
  }

  it.each([
    ['no JSON', '{"date":', 'PRICES_FILE is not JSON'],
    ['no currency', { ...HEAD, currency: undefined, models: {} }, 'PRICES_FILE: currency: '],
    [
      'a currency that is none',
      { ...HEAD, currency: '$', models: {} },
      'PRICES_FILE: currency: must be a code',
    ],
    ['no day', { ...HEAD, date: 'November', models: {} }, 'PRICES_FILE: date: '],
    [
      'a price below nothing',
      { ...HEAD, models: { 'tts-1': { perMillionCharacters: -1 } } },
      'PRICES_FILE: models.tts-1.perMillionCharacters: ',
    ],
    [
      'a price of something that is not counted',
      { ...HEAD, models: { 'tts-1': { perWord: 1 } } },
      'PRICES_FILE: models.tts-1: ',
    ],
    ['no object', '[]', 'PRICES_FILE: '],
  ])('refuses a file with %s, and says where', async (_what, content, message) => {
    await expect(load(content)).rejects.toThrow(ConfigError);
    await expect(load(content)).rejects.toThrow(message);
  });

  it('refuses a file that is not there', () => {
    expect(() => Prices.load(join(folder.path, 'nowhere.json'))).toThrow('PRICES_FILE does not exist');
  });

  it('refuses a folder', () => {
    expect(() => Prices.load(folder.path)).toThrow('PRICES_FILE cannot be read (EISDIR)');
  });

  it('knows no cost of a model without a price, and none of a unit without one', async () => {
    const sut = await load({ ...HEAD, models: { 'gpt-4o': { inputPerMillionTokens: 2 } } });

    expect(sut.costOf('gpt-4o', { inputTokens: 500_000 })).toBe(1);
    expect(sut.costOf('gpt-4o', { inputTokens: 500_000, outputTokens: 1 })).toBeNull();
    expect(sut.costOf('gpt-5', { inputTokens: 1 })).toBeNull();
  });

  it('takes nothing for what a model was not used for', async () => {
    const sut = await load({ ...HEAD, models: {} });

    expect(sut.costOf('anything', { inputTokens: 0, storageBytes: 7 })).toBe(0);
  });

  it('comes with an example that has a price for every model that is used by default', () => {
    const { chat, tts } = configurationOf({ OPENAI_API_KEY: 'sk-1' });
    const { worker } = configurationOf({ OPENAI_API_KEY: 'sk-1', WHISPER_ENGINE: 'openai' });
    const sut = Prices.load('prices/2026-11.json');

    expect(sut.costOf(chat.defaultModel, { inputTokens: 1, outputTokens: 1 })).toBeGreaterThan(0);
    expect(sut.costOf(tts.defaultModel, { characters: 1 })).toBeGreaterThan(0);
    expect(sut.costOf(worker.model, { audioSeconds: 60 })).toBeGreaterThan(0);
  });
});
