import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fromProject } from '../../../../config/project-paths.js';
import { InstalledVoices } from './installed-voices.js';

describe(InstalledVoices.name, () => {
  let folder: string;
  let wrong: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'voices-'));
    wrong = [];
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const look = (): string[] => {
    const sut = new InstalledVoices(folder, { onWrong: (name, reason) => wrong.push(`${name}: ${reason}`) });
    return sut.all().map(({ name }) => name);
  };

  it('are the folders with a whole voice', () => {
    cpSync(fromProject('test/fixtures/models/tone-voice'), join(folder, 'tones'), { recursive: true });
    mkdirSync(join(folder, 'empty'));

    expect(look()).toEqual(['tones']);
    expect(wrong).toEqual(['empty: it has no .onnx model']);
  });

  it('are not yet those whose first pull is under way', () => {
    mkdirSync(join(folder, 'coming'));
    writeFileSync(join(folder, 'coming/pull.lock'), '');

    expect(look()).toEqual([]);
    expect(wrong).toEqual([]);
  });

  it('are also those that are pulled again', () => {
    cpSync(fromProject('test/fixtures/models/tone-voice'), join(folder, 'tones'), { recursive: true });
    writeFileSync(join(folder, 'tones/pull.lock'), '');
    writeFileSync(join(folder, 'tones/model.json'), '{}');

    expect(look()).toEqual(['tones']);
  });
});
