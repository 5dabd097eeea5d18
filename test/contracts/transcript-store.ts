import { beforeEach, describe, expect, it } from '@jest/globals';
import type { FinalText, TranscriptStore } from '../../src/transcription/transcript-store.js';

const OWNER = { tenantId: 'acme', sessionId: 's1' };
const WORDS: FinalText = { utterance: 'u1', text: 'Hello world.', start: 0, end: 16_000, language: 'en' };

/** What every transcript store has to hold, wherever it keeps the words. */
export function describeTranscriptStore(
  name: string,
  make: () => TranscriptStore | Promise<TranscriptStore>,
): void {
  describe(`TranscriptStore contract: ${name}`, () => {
    let sut: TranscriptStore;

    beforeEach(async () => {
      sut = await make();
    });

    it('numbers the finals of a session from 1 without gaps', async () => {
      await sut.create(OWNER, null);

      const finals = [await sut.append(OWNER, WORDS), await sut.append(OWNER, WORDS)];

      expect(finals.map(({ eventId }) => eventId)).toEqual([1, 2]);
    });

    it('numbers finals that are stored at the same moment, each once', async () => {
      await sut.create(OWNER, null);

      const finals = await Promise.all(Array.from({ length: 20 }, () => sut.append(OWNER, WORDS)));

      expect(finals.map(({ eventId }) => eventId).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 20 }, (_, index) => index + 1),
      );
    });

    it('gives everything of a final back', async () => {
      const final = {
        ...WORDS,
        words: [{ word: 'Hello', start: 0, end: 8_000 }],
        confidence: 0.5,
        latencyMs: 7,
      };
      await sut.create(OWNER, null);
      await sut.append(OWNER, final);

      expect((await sut.read(OWNER))!.finals).toEqual([{ eventId: 1, ...final }]);
    });

    it('shows a transcript to its tenant only', async () => {
      await sut.create(OWNER, 'lecture');

      expect(await sut.read(OWNER)).toMatchObject({ label: 'lecture', state: 'live', samples: null });
      expect(await sut.read({ ...OWNER, tenantId: 'globex' })).toBeUndefined();
      expect(await sut.list('globex', undefined)).toEqual([]);
    });

    it('gives copies, so that a reader cannot change what was said', async () => {
      await sut.create(OWNER, null);
      await sut.append(OWNER, WORDS);

      (await sut.read(OWNER))!.finals.length = 0;

      expect((await sut.read(OWNER))!.finals).toHaveLength(1);
    });

    it('lists by label', async () => {
      await sut.create(OWNER, 'a');
      await sut.create({ tenantId: 'acme', sessionId: 's2' }, null);
      await sut.setLabel({ tenantId: 'acme', sessionId: 's2' }, 'b');

      expect(await sut.list('acme', 'b')).toMatchObject([{ sessionId: 's2' }]);
      expect(await sut.list('acme', undefined)).toHaveLength(2);
    });

    it('adds up what is missing at one position', async () => {
      await sut.create(OWNER, null);
      await sut.markGap(OWNER, { at: 100, bytes: 10 });
      await sut.markGap(OWNER, { at: 100, bytes: 5 });
      await sut.markGap(OWNER, { at: 200, bytes: 1 });

      expect((await sut.read(OWNER))!.gaps).toEqual([
        { at: 100, bytes: 15 },
        { at: 200, bytes: 1 },
      ]);
    });

    it.each(['ended', 'failed'] as const)('keeps how a session %s, and that it did', async (state) => {
      await sut.create(OWNER, null);
      await sut.append(OWNER, WORDS);
      await sut.finish(OWNER, state, 16_000);

      const transcript = await sut.read(OWNER);

      expect(transcript).toMatchObject({
        state,
        samples: 16_000,
        endedAt: expect.any(String),
        finals: [WORDS],
      });
      await expect(sut.append(OWNER, WORDS)).rejects.toThrow(/not live/);
    });

    it('knows nothing of a session that never was', async () => {
      expect(await sut.read(OWNER)).toBeUndefined();
    });
  });
}
