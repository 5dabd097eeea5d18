import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { fromProject } from '../../src/config/project-paths.js';
import type { DecodedUtterance, RecogniserKey } from '../../src/whisper-worker/engine.js';
import { findModel } from '../../src/whisper-worker/engines/sherpa/model-folder.js';
import { SherpaEngine } from '../../src/whisper-worker/engines/sherpa/sherpa-engine.js';
import { humanClip, sampleClip, toFloat } from '../support/wav.js';

/** A real model: far more than it takes, as machines are shared. */
jest.setTimeout(300_000);

/** The real model, loaded once, asked for one language and task after the other. */
describe('one loaded Whisper base', () => {
  let sut: SherpaEngine;
  const french = toFloat(humanClip('other-languages/dictee.fr.wav'));
  const english = toFloat(humanClip('goforward.wav'));

  beforeAll(async () => {
    sut = new SherpaEngine(findModel('whisper-base', fromProject('models')), 1);
    await sut.prepare({ language: 'en', task: 'transcribe', words: false });
  });

  afterAll(() => sut.close());

  function hear(samples: Float32Array, key: Partial<RecogniserKey>): Promise<DecodedUtterance> {
    const request = { samples, language: 'en', task: 'transcribe' as const, words: false, ...key };
    return sut.decode(request, AbortSignal.timeout(300_000));
  }

  it('detects a language, and decodes the next utterance in another', async () => {
    const detected = await hear(french, { language: 'auto' });
    const named = await hear(english, { language: 'en' });

    expect(detected).toMatchObject({ language: 'fr', text: expect.stringMatching(/dictée/i) });
    expect(named.text).toMatch(/go forward/i);
  });

  it('translates, and transcribes again afterwards', async () => {
    const translated = await hear(french, { language: 'fr', task: 'translate' });
    const transcribed = await hear(french, { language: 'fr' });

    expect(translated.text).toMatch(/number/i);
    expect(transcribed.text).toMatch(/dictée/i);
  });

  it('measures words for the one that wants them, and not for the next', async () => {
    const timed = await hear(english, { words: true });
    const plain = await hear(english, {});

    expect(timed.words?.map(({ word }) => word.toLowerCase()).join(' ')).toMatch(/go forward/);
    expect(plain).not.toHaveProperty('words');
  });

  it('says nothing in silence, in any language', async () => {
    expect((await hear(toFloat(sampleClip('silence.wav')), { language: 'auto' })).text).toBe('');
  });
});
