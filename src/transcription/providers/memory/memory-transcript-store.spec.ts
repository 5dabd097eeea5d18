import { describe, expect, it } from '@jest/globals';
import { MemoryTranscriptStore } from './memory-transcript-store.js';

const OWNER = { tenantId: 'acme', sessionId: 's1' };
const WORDS = { utterance: 'u1', text: 'Hello world.', start: 0, end: 16_000, language: 'en' };

describe(MemoryTranscriptStore.name, () => {
  it('numbers the finals of a session without gaps', async () => {
    const sut = new MemoryTranscriptStore({ keepMs: 60_000, maxKept: 10 });
    await sut.create(OWNER, null);

    const numbers = [await sut.append(OWNER, WORDS), await sut.append(OWNER, WORDS)].map(
      ({ eventId }) => eventId,
    );

    expect(numbers).toEqual([1, 2]);
  });

  it('shows a transcript to its tenant only', async () => {
    const sut = new MemoryTranscriptStore({ keepMs: 60_000, maxKept: 10 });
    await sut.create(OWNER, 'lecture');

    expect(await sut.read(OWNER)).toMatchObject({ label: 'lecture', state: 'live' });
    expect(await sut.read({ ...OWNER, tenantId: 'globex' })).toBeUndefined();
    expect(await sut.list('globex', undefined)).toEqual([]);
  });

  it('gives copies, so that a reader cannot change what was said', async () => {
    const sut = new MemoryTranscriptStore({ keepMs: 60_000, maxKept: 10 });
    await sut.create(OWNER, null);
    await sut.append(OWNER, WORDS);

    (await sut.read(OWNER))!.finals.length = 0;

    expect((await sut.read(OWNER))!.finals).toHaveLength(1);
  });

  it('keeps live sessions and the newest of the ended ones', async () => {
    const sut = new MemoryTranscriptStore({ keepMs: 60_000, maxKept: 2 });
    for (const sessionId of ['s1', 's2', 's3']) {
      await sut.create({ tenantId: 'acme', sessionId }, null);
      await sut.finish({ tenantId: 'acme', sessionId }, 'ended', 0);
    }
    await sut.create({ tenantId: 'acme', sessionId: 's4' }, null);

    const kept = (await sut.list('acme', undefined)).map(({ sessionId }) => sessionId);

    expect(kept.toSorted()).toEqual(['s2', 's3', 's4']);
  });

  it('forgets an ended session after its time', async () => {
    const sut = new MemoryTranscriptStore({ keepMs: -1, maxKept: 10 });
    await sut.create(OWNER, null);
    await sut.finish(OWNER, 'ended', 0);

    expect(await sut.read(OWNER)).toBeUndefined();
  });

  it('lists by label', async () => {
    const sut = new MemoryTranscriptStore({ keepMs: 60_000, maxKept: 10 });
    await sut.create(OWNER, 'a');
    await sut.create({ tenantId: 'acme', sessionId: 's2' }, 'b');

    expect(await sut.list('acme', 'b')).toMatchObject([{ sessionId: 's2' }]);
  });
});
