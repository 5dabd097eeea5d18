import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { findModel } from '../../src/whisper-worker/engines/sherpa/model-folder.js';
import { SherpaEngine } from '../../src/whisper-worker/engines/sherpa/sherpa-engine.js';
import { SPOKEN, writeContextBoundWhisper } from '../support/context-bound-whisper.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const never = new AbortController().signal;

describe('A Whisper export that says a short utterance over and over unless it is padded', () => {
  let folder: TemporaryFolder;
  let sut: SherpaEngine;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeContextBoundWhisper(join(folder.path, 'export.en'));
    await cp(join(folder.path, 'export.en'), join(folder.path, 'described.en'), { recursive: true });
    const description = JSON.stringify({ tailPaddingFrames: 100 });
    await writeFile(join(folder.path, 'described.en', 'description.json'), description);
  });

  afterEach(() => sut.close());
  afterAll(() => folder.remove());

  async function textOf(model: string, seconds: number): Promise<string> {
    sut = new SherpaEngine(findModel(model, folder.path));
    const samples = Float32Array.from({ length: seconds * 16_000 }, (_, index) => Math.sin(index / 5) / 10);
    const request = { samples, language: 'en', task: 'transcribe', words: false } as const;
    return (await sut.decode(request, never)).text;
  }

  it.each([1, 3, 28])('says %d s once, as it was pulled', async (seconds) => {
    expect(await textOf('export.en', seconds)).toBe(SPOKEN);
  });

  it('is padded by what its description says', async () => {
    expect(await textOf('described.en', 3)).toBe([SPOKEN, SPOKEN, SPOKEN].join(' '));
  });
});
