import { describe, expect, it } from '@jest/globals';
import { describeTranscriptStore } from '../../../../test/contracts/transcript-store.js';
import { MemoryTranscriptStore } from './memory-transcript-store.js';

const OWNER = { tenantId: 'acme', sessionId: 's1' };

describeTranscriptStore(
  MemoryTranscriptStore.name,
  () => new MemoryTranscriptStore({ keepMs: 60_000, maxKept: 10 }),
);

describe(MemoryTranscriptStore.name, () => {
  async function ended(sut: MemoryTranscriptStore, tenantId: string, ...sessionIds: string[]): Promise<void> {
    for (const sessionId of sessionIds) {
      await sut.create({ tenantId, sessionId }, null);
      await sut.finish({ tenantId, sessionId }, 'ended', 0);
    }
  }

  async function kept(sut: MemoryTranscriptStore, tenantId: string): Promise<string[]> {
    return (await sut.list(tenantId, { limit: 100 })).map(({ sessionId }) => sessionId).toSorted();
  }

  it('keeps live sessions and the newest of the ended ones', async () => {
    const sut = new MemoryTranscriptStore({ keepMs: 60_000, maxKept: 2 });
    await ended(sut, 'acme', 's1', 's2', 's3');
    await sut.create({ tenantId: 'acme', sessionId: 's4' }, null);

    expect(await kept(sut, 'acme')).toEqual(['s2', 's3', 's4']);
  });

  it('lets no tenant push out what another one keeps', async () => {
    const sut = new MemoryTranscriptStore({ keepMs: 60_000, maxKept: 4 });
    await ended(sut, 'globex', 'g1');
    await ended(sut, 'acme', ...Array.from({ length: 50 }, (_, index) => `a${index}`));

    expect(await kept(sut, 'globex')).toEqual(['g1']);
    expect(await kept(sut, 'acme')).toEqual(['a47', 'a48', 'a49']);
  });

  it('forgets an ended session after its time', async () => {
    const sut = new MemoryTranscriptStore({ keepMs: -1, maxKept: 10 });
    await sut.create(OWNER, null);
    await sut.finish(OWNER, 'ended', 0);

    expect(await sut.read(OWNER)).toBeUndefined();
  });
});
