import { describe, expect, it } from '@jest/globals';
import { TenantConcurrencyLimit } from '../../../common/limits/concurrency-limit.js';
import { ONE_TENANT } from '../../../common/limits/tenant-shares.js';
import { NpmEspeak } from './npm-espeak.js';

describe(NpmEspeak.name, () => {
  it('lists its voices', async () => {
    const sut = new NpmEspeak(new TenantConcurrencyLimit(1, 'espeak', ONE_TENANT));
    try {
      expect((await sut.voices()).length).toBeGreaterThan(100);
    } finally {
      sut.close();
    }
  });

  it('ends a process that lists its voices when it is closed', async () => {
    const sut = new NpmEspeak(new TenantConcurrencyLimit(1, 'espeak', ONE_TENANT));
    const listing = sut.voices();
    sut.close();

    await expect(listing).rejects.toMatchObject({ name: 'AbortError' });
  });
});
