import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LOCAL_CALLER } from '../../src/auth/caller.js';
import { ParleyError } from '../../src/common/errors/parley-error.js';
import type { SpeechRequest, SpeechSynthesizer } from '../../src/tts/speech-synthesizer.js';

/** A synthesizer under test, with what it stands on. */
export interface SynthesizerUnderTest {
  sut: SpeechSynthesizer;
  /** Resolves when nothing of any synthesis is going on any more: no call upstream, no process. */
  whenIdle(): Promise<void>;
  close(): Promise<void>;
}

const REQUEST: SpeechRequest = {
  input: 'One, two, three, four, five.',
  model: 'tts-1',
  voice: 'nova',
  format: 'pcm',
  speed: 1,
};
const never = (): AbortSignal => new AbortController().signal;

/**
 * What every `SpeechSynthesizer` has to do, whatever is behind it. A long text must take the adapter more than one chunk, so that
 * leaving in the middle means something.
 */
export function itIsASpeechSynthesizer(name: string, create: () => Promise<SynthesizerUnderTest>): void {
  describe(`${name} as a SpeechSynthesizer`, () => {
    let under: SynthesizerUnderTest;
    const long: SpeechRequest = { ...REQUEST, input: 'This is a long text. '.repeat(40) };

    beforeAll(async () => {
      under = await create();
    });
    afterAll(() => under.close());

    it('has a stable name', () => {
      expect(under.sut.name).toMatch(/^[a-z]+$/);
      expect(under.sut.fingerprint).not.toBe('');
    });

    it('delivers samples, since everything else can be made of them', () => {
      expect(under.sut.formats).toContain('pcm');
      expect(under.sut.maxInputChars).toBeGreaterThanOrEqual(50);
    });

    it('speaks with the voice that is the default', async () => {
      const bytes = await collect(await under.sut.synthesize(REQUEST, never(), LOCAL_CALLER));

      expect(bytes.length).toBeGreaterThan(1_000);
    });

    it('speaks equally long for the same request', async () => {
      const first = await collect(await under.sut.synthesize(REQUEST, never(), LOCAL_CALLER));
      const second = await collect(await under.sut.synthesize(REQUEST, never(), LOCAL_CALLER));

      expect(second.length).toBe(first.length);
    });

    it('speaks several texts at once without mixing them', async () => {
      const texts = ['One.', 'Two and three.', 'Four, five, six, seven.'];
      const alone: number[] = [];
      for (const input of texts)
        alone.push(
          (await collect(await under.sut.synthesize({ ...REQUEST, input }, never(), LOCAL_CALLER))).length,
        );

      const together = await Promise.all(
        texts.map(async (input) =>
          collect(await under.sut.synthesize({ ...REQUEST, input }, never(), LOCAL_CALLER)),
        ),
      );

      expect(together.map(({ length }) => length)).toEqual(alone);
    });

    it('lists the default voice', async () => {
      expect((await under.sut.voices()).map(({ id }) => id)).toContain('nova');
    });

    it('does nothing for a listener that has left already', async () => {
      const attempt = (async () =>
        collect(await under.sut.synthesize(REQUEST, AbortSignal.abort(), LOCAL_CALLER)))();

      await expect(attempt).rejects.toBeDefined();
      await under.whenIdle();
    });

    it('ends its work when the listener leaves in the middle', async () => {
      const listener = new AbortController();
      const audio = await under.sut.synthesize(long, listener.signal, LOCAL_CALLER);
      const reading = (async () => {
        for await (const _chunk of audio) listener.abort();
      })();

      await expect(reading).rejects.toBeDefined();
      await under.whenIdle();
    });

    it('ends its work when the iteration is left', async () => {
      for await (const chunk of await under.sut.synthesize(long, never(), LOCAL_CALLER)) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }

      await under.whenIdle();
    });

    it('ends its work when the listener leaves before reading', async () => {
      const listener = new AbortController();
      const audio = await under.sut.synthesize(long, listener.signal, LOCAL_CALLER);
      listener.abort();

      await expect(collect(audio)).rejects.toBeDefined();
      await under.whenIdle();
    });

    it('refuses a voice that it does not have with a typed error', async () => {
      const attempt = (async () =>
        collect(await under.sut.synthesize({ ...REQUEST, voice: 'no such voice' }, never(), LOCAL_CALLER)))();

      await expect(attempt).rejects.toBeInstanceOf(ParleyError);
    });
  });
}

async function collect(audio: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of audio) chunks.push(chunk);
  return Buffer.concat(chunks);
}
