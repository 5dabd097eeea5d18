import { describe, expect, it } from '@jest/globals';
import { describeLedger } from '../../../../test/contracts/ledger.js';
import { MemoryLedger } from './memory-ledger.js';

const LIMITS = { keepMs: 86_400_000, maxEntries: 100, maxTokenWindows: 10 };
const HOUR_MS = 3_600_000;

describeLedger('memory', (now) => new MemoryLedger(LIMITS, now));

describe(MemoryLedger.name, () => {
  async function spend(sut: MemoryLedger, model: string, tenantId = 'acme'): Promise<void> {
    const spend = { modality: 'chat' as const, model, amounts: { inputTokens: 1 } };
    const reserved = await sut.reserve({ tenantId, keyId: 'k1' }, spend, []);
    if (reserved.granted) await sut.settle(reserved.receipt, spend);
  }

  const everything = { from: 0, to: Number.MAX_SAFE_INTEGER };

  it('forgets what is older than it keeps', async () => {
    let time = Date.UTC(2026, 10, 26);
    const sut = new MemoryLedger(LIMITS, () => time);
    await spend(sut, 'one');
    time += LIMITS.keepMs + 2 * HOUR_MS;

    expect(await sut.usage(everything)).toEqual([]);
  });

  it('keeps no more lines than it may: the oldest go', async () => {
    let time = Date.UTC(2026, 10, 26);
    const sut = new MemoryLedger({ ...LIMITS, maxEntries: 2 }, () => time);
    for (const model of ['one', 'two', 'three']) {
      await spend(sut, model);
      time += HOUR_MS;
    }

    expect((await sut.usage(everything)).map(({ model }) => model)).toEqual(['two', 'three']);
  });

  it('takes no line from a tenant for another one that has more', async () => {
    const sut = new MemoryLedger({ ...LIMITS, maxEntries: 10 });
    for (const model of ['one', 'two']) await spend(sut, model, 'small');
    for (let index = 0; index < 100; index += 1) await spend(sut, `model-${index}`, 'large');

    expect(await sut.usage({ ...everything, tenantId: 'small' })).toHaveLength(2);
    expect(await sut.usage(everything)).toHaveLength(10);
  });

  it('puts models beyond a hundred in an hour into one line', async () => {
    const sut = new MemoryLedger({ ...LIMITS, maxEntries: 1_000 });
    for (let index = 0; index < 105; index += 1) await spend(sut, `model-${index}`);

    const entries = await sut.usage(everything);

    expect(entries).toHaveLength(101);
    expect(entries.at(-1)).toMatchObject({ model: 'other', calls: 5 });
  });
});
