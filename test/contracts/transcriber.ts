import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InvalidInputError } from '../../src/common/errors/caller-errors.js';
import { ParleyError } from '../../src/common/errors/parley-error.js';
import type {
  Transcriber,
  TranscriberEvent,
  TranscriberSession,
  TranscriberOptions,
} from '../../src/transcription/transcriber.js';

export interface TranscriberUnderTest {
  make: () => Promise<Transcriber>;
  close: () => Promise<void>;
  /** Speech of some seconds in several utterances, and its text. */
  spoken: { samples: Int16Array; text: string };
  /** What the engine behind it cannot do. */
  impossible: TranscriberOptions;
}

/** What every transcriber has to hold, whatever recognises the words. */
export function describeTranscriber(name: string, parts: TranscriberUnderTest): void {
  describe(`Transcriber contract: ${name}`, () => {
    let sut: Transcriber;
    let count = 0;
    const { samples, text } = parts.spoken;

    beforeAll(async () => {
      sut = await parts.make();
    });

    afterAll(() => parts.close());

    async function open(options: TranscriberOptions = {}): Promise<TranscriberSession> {
      count += 1;
      return sut.open({ tenantId: 'acme', sessionId: `contract-${count}`, options });
    }

    async function speak(session: TranscriberSession, pieceSamples: number): Promise<TranscriberEvent[]> {
      const events: TranscriberEvent[] = [];
      const reading = (async () => {
        for await (const event of session.events) events.push(event);
      })();
      for (let at = 0; at < samples.length; at += pieceSamples)
        await session.write(samples.slice(at, at + pieceSamples));
      session.end();
      await reading;
      return events;
    }

    const textOf = (events: readonly TranscriberEvent[]): string =>
      events.flatMap((event) => (event.type === 'final' ? [event.final.text] : [])).join(' ');

    it.each([160, 4_000, 100_000])(
      'gives all words of speech in pieces of %d samples',
      async (pieceSamples) => {
        expect(textOf(await speak(await open(), pieceSamples))).toBe(text);
      },
    );

    it('opens nothing for one that was given up meanwhile, and says why', async () => {
      const giveUp = new AbortController();
      const opening = sut.open(
        { tenantId: 'acme', sessionId: 'given-up', options: {} },
        { signal: giveUp.signal },
      );
      const reason = new Error('given up');
      giveUp.abort(reason);

      await expect(opening).rejects.toBe(reason);
    });

    it('is done last, once, and with every sample', async () => {
      const events = await speak(await open(), 4_000);

      expect(events.at(-1)).toEqual({ type: 'done', samples: samples.length });
      expect(events.filter(({ type }) => type === 'done')).toHaveLength(1);
    });

    it('gives finals in the order of the audio, which do not overlap', async () => {
      let end = 0;
      for (const event of await speak(await open(), 4_000)) {
        if (event.type !== 'final') continue;
        expect(event.final.start).toBeGreaterThanOrEqual(end);
        end = event.final.end;
      }
      expect(end).toBeGreaterThan(0);
    });

    it('moves the commit forward only, and to the end', async () => {
      const commits = (await speak(await open(), 4_000)).flatMap((event) =>
        event.type === 'commit' ? [event.position] : [],
      );

      expect(commits).toEqual(commits.toSorted((a, b) => a - b));
      expect(commits.at(-1)).toBe(samples.length);
    });

    it('is done at once without audio', async () => {
      const session = await open();
      session.end();
      const events: TranscriberEvent[] = [];
      for await (const event of session.events) events.push(event);

      expect(events).toEqual([{ type: 'done', samples: 0 }]);
    });

    it('ends without done when it is given up, and takes no audio any more', async () => {
      const session = await open();
      await session.write(samples.slice(0, 4_000));
      session.abort();
      const events: TranscriberEvent[] = [];
      for await (const event of session.events) events.push(event);

      expect(events.some(({ type }) => type === 'done')).toBe(false);
      await expect(session.write(samples.slice(0, 10))).rejects.toThrow(ParleyError);
    });

    it('keeps simultaneous sessions apart', async () => {
      const [one, two] = await Promise.all([open(), open()]);
      const [first, second] = await Promise.all([speak(one, 1_000), speak(two, 3_000)]);

      expect([textOf(first), textOf(second)]).toEqual([text, text]);
    });

    it('refuses options that the engine cannot honour', async () => {
      await expect(open(parts.impossible)).rejects.toThrow(InvalidInputError);
    });
  });
}
