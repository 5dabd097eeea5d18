import { describe, expect, it } from '@jest/globals';
import { describeTranscriptStore } from '../../../../test/contracts/transcript-store.js';
import { MemoryTranscriptStore } from './memory-transcript-store.js';

const OWNER = { tenantId: 'acme', sessionId: 's1' };

describeTranscriptStore(
  MemoryTranscriptStore.name,
  () => new MemoryTranscriptStore({ keepMs: 60_000, maxKept: 10 }),
);

describe(MemoryTranscriptStore.name, () => {
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
});
