import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DecodeRequest, Engine } from '../../src/whisper-worker/engine.js';

export interface EngineUnderTest {
  make: () => Promise<Engine> | Engine;
  close?: () => Promise<void>;
  /** Utterances with the text they have to give. */
  spoken: { samples: Float32Array; language: string; text: string }[];
}

/** What every engine has to hold, whatever is behind it. */
export function describeEngine(name: string, { make, close, spoken }: EngineUnderTest): void {
  describe(`Engine contract: ${name}`, () => {
    let sut: Engine;
    const never = new AbortController().signal;
    const request = (samples: Float32Array, language: string): DecodeRequest => ({
      samples,
      language,
      task: 'transcribe',
      words: false,
    });
    const ready = (language: string) => sut.prepare({ language, task: 'transcribe', words: false });

    beforeAll(async () => {
      sut = await make();
    });

    afterAll(async () => {
      await sut.close();
      await close?.();
    });

    it('knows the languages it is asked for in this suite', () => {
      expect(spoken.every(({ language }) => sut.languages.has(language))).toBe(true);
    });

    it('makes itself ready more than once', async () => {
      await ready(spoken[0]!.language);
      await expect(ready(spoken[0]!.language)).resolves.toBeUndefined();
    });

    it('gives the words of an utterance', async () => {
      for (const { samples, language, text } of spoken) {
        await expect(sut.decode(request(samples, language), never)).resolves.toMatchObject({
          text,
          language,
        });
      }
    });

    it('gives every one of many utterances at once its own words', async () => {
      const many = [...spoken, ...spoken, ...spoken];
      const decoded = await Promise.all(
        many.map(({ samples, language }) => sut.decode(request(samples, language), never)),
      );
      expect(decoded.map(({ text }) => text)).toEqual(many.map(({ text }) => text));
    });

    it('gives an empty text for silence', async () => {
      const silence = request(new Float32Array(16_000), spoken[0]!.language);
      await expect(sut.decode(silence, never)).resolves.toMatchObject({ text: '' });
    });

    it('survives an utterance of a single sample', async () => {
      const blip = request(new Float32Array(1), spoken[0]!.language);
      await expect(sut.decode(blip, never)).resolves.toMatchObject({ text: '' });
    });

    it('refuses an utterance without samples', async () => {
      const empty = request(new Float32Array(0), spoken[0]!.language);
      await expect(sut.decode(empty, never)).rejects.toThrow(RangeError);
    });

    it('refuses a language that it does not know', async () => {
      const foreign = request(spoken[0]!.samples, 'xx');
      await expect(sut.decode(foreign, never)).rejects.toThrow(RangeError);
    });

    it('does not make itself ready for a language that it does not know', async () => {
      await expect(ready('xx')).rejects.toThrow(RangeError);
    });

    it('rejects at once when it is aborted before it starts', async () => {
      const { samples, language } = spoken[0]!;
      await expect(sut.decode(request(samples, language), AbortSignal.abort())).rejects.toThrow(/abort/i);
    });

    it('rejects when it is aborted while it decodes, and goes on serving', async () => {
      const { samples, language, text } = spoken[0]!;
      const abort = new AbortController();
      const aborted = sut.decode(request(samples, language), abort.signal);
      abort.abort();
      await expect(aborted).rejects.toThrow(/abort/i);
      await expect(sut.decode(request(samples, language), never)).resolves.toMatchObject({ text });
    });
  });
}
