import { beforeEach, describe, expect, it } from '@jest/globals';
import type {
  FinalText,
  TranscriptPosition,
  TranscriptStore,
  TranscriptSummary,
} from '../../src/transcription/transcript-store.js';

const OWNER = { tenantId: 'acme', sessionId: 's1' };
const ALL = { limit: 100 };
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
      expect(await sut.readFinals({ ...OWNER, tenantId: 'globex' }, 0, 10)).toEqual([]);
      expect(await sut.list('globex', ALL)).toEqual([]);
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

      expect(await sut.list('acme', { ...ALL, label: 'b' })).toMatchObject([{ sessionId: 's2' }]);
      expect(await sut.list('acme', ALL)).toHaveLength(2);
    });

    it('lists what is known of a session without its words', async () => {
      await sut.create(OWNER, 'lecture');
      await sut.append(OWNER, WORDS);
      await sut.markGap(OWNER, { at: 100, bytes: 10 });
      await sut.markGap(OWNER, { at: 200, bytes: 5 });
      await sut.finish(OWNER, 'ended', 16_000);

      expect(await sut.list('acme', ALL)).toEqual([
        {
          ...OWNER,
          label: 'lecture',
          state: 'ended',
          createdAt: expect.any(String),
          endedAt: expect.any(String),
          samples: 16_000,
          finalCount: 1,
          missingBytes: 15,
        },
      ]);
    });

    it('lists page by page each session once, also when those before are gone or new ones came', async () => {
      const ids = Array.from({ length: 7 }, (_, index) => `s${index}`);
      for (const sessionId of ids) await sut.create({ tenantId: 'acme', sessionId }, null);
      const listed: string[] = [];
      let after: TranscriptPosition | undefined;
      do {
        const page: TranscriptSummary[] = await sut.list('acme', { limit: 2, after });
        expect(page.length).toBeLessThanOrEqual(2);
        listed.push(...page.map(({ sessionId }) => sessionId));
        after = page.at(-1);
        if (after) await sut.remove({ tenantId: 'acme', sessionId: after.sessionId });
      } while (after);

      expect(listed.toSorted()).toEqual(ids);
    });

    it('gives the finals after one, so many at most', async () => {
      await sut.create(OWNER, null);
      for (let count = 0; count < 5; count += 1) await sut.append(OWNER, WORDS);
      const idsOf = async (lastEventId: number, limit: number): Promise<number[]> =>
        (await sut.readFinals(OWNER, lastEventId, limit)).map(({ eventId }) => eventId);

      expect(await idsOf(0, 2)).toEqual([1, 2]);
      expect(await idsOf(2, 10)).toEqual([3, 4, 5]);
      expect(await idsOf(5, 10)).toEqual([]);
    });

    it.each(['live', 'ended'])('forgets a %s session that is not worth keeping', async (state) => {
      await sut.create(OWNER, null);
      if (state === 'ended') await sut.finish(OWNER, 'ended', 0);
      await sut.remove({ ...OWNER, tenantId: 'globex' });
      expect(await sut.read(OWNER)).toBeDefined();

      await sut.remove(OWNER);

      expect(await sut.read(OWNER)).toBeUndefined();
      expect(await sut.list('acme', ALL)).toEqual([]);
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
