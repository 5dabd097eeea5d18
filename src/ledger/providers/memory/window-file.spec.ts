import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder, type TemporaryFolder } from '../../../../test/support/temporary-folder.js';
import { waitFor } from '../../../../test/support/wait-for.js';
import { ConfigError } from '../../../config/load-env.js';
import type { Account, Budget } from '../../ledger.js';
import { MemoryLedger } from './memory-ledger.js';
import { WindowFile } from './window-file.js';

const NEVER_MS = 3_600_000;
/** Budgets go by this clock, so no minute ends within a test. */
const NOW = Date.UTC(2026, 10, 26, 12, 0, 30);
const ACCOUNT: Account = { tenantId: 'acme', keyId: 'k1', tokenId: 't1' };
const BUDGETS: Budget[] = (['minute', 'day'] as const).flatMap((window) =>
  (['tenant', 'key', 'token'] as const).map((of) => ({
    of,
    unit: 'characters' as const,
    window,
    limit: 10,
    isSoft: false,
  })),
);

function speech(characters: number) {
  return { modality: 'speech' as const, model: 'm', amounts: { characters } };
}

describe(WindowFile.name, () => {
  let folder: TemporaryFolder;

  beforeEach(async () => void (folder = await temporaryFolder()));
  afterEach(() => folder.remove());

  const path = (): string => join(folder.path, 'var', 'ledger.json');

  /** A process that counts in the file. */
  function ledger(saveMs = NEVER_MS): MemoryLedger {
    const limits = { keepMs: NEVER_MS, maxEntries: 10, maxTokenWindows: 10 };
    return new MemoryLedger(limits, () => NOW, new WindowFile(path(), saveMs));
  }

  async function remaining(sut: MemoryLedger): Promise<number[]> {
    return (await sut.states(ACCOUNT, BUDGETS)).map((state) => state.remaining);
  }

  it('gives no budget anew after a restart', async () => {
    const former = ledger();
    const reserved = await former.reserve(ACCOUNT, speech(8), BUDGETS);
    if (reserved.granted) await former.settle(reserved.receipt, speech(6));
    await former.onApplicationShutdown();

    expect(await remaining(ledger())).toEqual([4, 4, 4, 4, 4, 4]);
  });

  it('counts what a killed process had reserved, as it may have been spent', async () => {
    await ledger(1).reserve(ACCOUNT, speech(8), BUDGETS);
    await waitFor(() => existsSync(path()), 'the file');

    expect(await remaining(ledger())).toEqual([2, 2, 2, 2, 2, 2]);
  });

  it('is not written where nothing has a budget', async () => {
    const sut = ledger();
    await sut.reserve(ACCOUNT, speech(8), []);
    await sut.onApplicationShutdown();

    expect(await readdir(folder.path)).toEqual([]);
  });

  it('leaves no other file behind', async () => {
    const sut = ledger(1);
    for (let count = 0; count < 5; count += 1) {
      await sut.reserve(ACCOUNT, speech(1), BUDGETS);
      await sut.onApplicationShutdown();
    }

    expect(await readdir(join(folder.path, 'var'))).toEqual(['ledger.json']);
  });

  it.each([
    ['is cut', '{"minute"'],
    ['is something else', '{"minute":{},"day":{}}'],
  ])('that %s opens nothing: the start fails and names the variable', async (_what, content) => {
    const sut = new WindowFile(join(folder.path, 'ledger.json'), NEVER_MS);
    await writeFile(join(folder.path, 'ledger.json'), content);

    expect(() => sut.read()).toThrow(ConfigError);
    expect(() => sut.read()).toThrow(/^LEDGER_FILE cannot be read/);
  });

  it('that cannot be written stops no counting', async () => {
    await writeFile(join(folder.path, 'var'), 'a file where a folder should be');
    const limits = { keepMs: NEVER_MS, maxEntries: 10, maxTokenWindows: 10 };
    const file = new WindowFile(join(folder.path, 'var', 'ledger.json'), NEVER_MS);
    const unreadable = {
      read: () => undefined,
      changed: file.changed.bind(file),
      save: file.save.bind(file),
    };
    const sut = new MemoryLedger(limits, () => NOW, unreadable as unknown as WindowFile);
    await sut.reserve(ACCOUNT, speech(8), BUDGETS);
    await sut.onApplicationShutdown();

    expect(await remaining(sut)).toEqual([2, 2, 2, 2, 2, 2]);
  });
});
