import { describe, expect, it } from '@jest/globals';
import { LOCAL_CALLER } from '../../src/auth/caller.js';
import { TenantConcurrencyLimit } from '../../src/common/limits/concurrency-limit.js';
import { ONE_TENANT } from '../../src/common/limits/tenant-shares.js';
import { BinaryEspeak } from '../../src/tts/providers/espeak/binary-espeak.js';
import { EspeakVoices } from '../../src/tts/providers/espeak/espeak-voices.js';
import { loadNpmEspeak } from '../../src/tts/providers/espeak/npm-espeak-module.js';
import { describeWith, program } from '../support/programs.js';

const VARIANTS = ['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'f1', 'f2', 'f3', 'f4', 'f5'];
const job = (voice: string) => ({ text: '1', wordsPerMinute: 450, voice });

/** The listed names that are languages; the others are variants of whatever is spoken. */
const languagesOf = (voices: EspeakVoices): string[] =>
  voices.list().flatMap(({ id, language }) => (language === undefined ? [] : id));

describe('the voices of the npm-supplied espeak', () => {
  it('are all spoken, each as it is and in each variant', async () => {
    // One loaded engine for all, asked for the first samples only: 2,000 texts in a few seconds.
    const engine = await loadNpmEspeak();
    const sut = new EspeakVoices(engine.voices());
    const silent: string[] = [];
    const speak = (voice: string): void => {
      let bytes = 0;
      engine.speak(job(sut.choose({ voice, input: '1' })), (samples) => (bytes += samples.length) > 0);
      if (bytes === 0) silent.push(voice);
    };
    for (const { id, language } of sut.list()) {
      speak(id);
      if (language !== undefined) for (const variant of VARIANTS) speak(`${id}+${variant}`);
    }

    expect(silent).toEqual([]);
    expect(languagesOf(sut)).toEqual(
      expect.arrayContaining(['fr', 'fr-fr', 'en-gb', 'es-mx', 'pt-pt', 'zh-cmn', 'zh-yue', 'no', 'zh']),
    );
    expect(languagesOf(sut).length).toBeGreaterThan(140);
  });
});

describeWith('espeak-ng')('the voices of an espeak-ng binary', () => {
  it('are all spoken, each as it is and in a variant', async () => {
    const engine = new BinaryEspeak(
      program('espeak-ng')!,
      new TenantConcurrencyLimit(VARIANTS.length, 'espeak', ONE_TENANT),
    );
    const sut = new EspeakVoices(await engine.voices());
    const silent: string[] = [];
    const speak = async (voice: string): Promise<void> => {
      const audio = engine.speak(
        job(sut.choose({ voice, input: '1' })),
        new AbortController().signal,
        LOCAL_CALLER,
      );
      let bytes = 0;
      for await (const samples of audio) bytes += samples.length;
      if (bytes === 0) silent.push(voice);
    };
    for (const [index, id] of languagesOf(sut).entries()) {
      await Promise.all([id, `${id}+${VARIANTS[index % VARIANTS.length]!}`].map(speak));
    }
    await Promise.all(VARIANTS.map((variant) => speak(`en+${variant}`)));

    expect(silent).toEqual([]);
    expect(languagesOf(sut).length).toBeGreaterThan(100);
  });
});
