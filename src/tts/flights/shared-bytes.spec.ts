import { describe, expect, it } from '@jest/globals';
import { ByteBudget } from './byte-budget.js';
import { SharedBytes } from './shared-bytes.js';

/** A source that counts what it was asked for. */
function counting(chunks: number, bytes = 10) {
  const source = {
    pulled: 0,
    failAt: Infinity,
    async *read(): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < chunks; index++) {
        if (index === source.failAt) throw new Error('cut');
        source.pulled += 1;
        yield new Uint8Array(bytes).fill(index);
      }
    },
  };
  return source;
}

async function collect(audio: AsyncIterable<Uint8Array>): Promise<number[]> {
  const firsts: number[] = [];
  for await (const chunk of audio) firsts.push(chunk[0]!);
  return firsts;
}

describe(SharedBytes.name, () => {
  const budget = (): ByteBudget => new ByteBudget(1_000_000);

  it('gives every reader everything, from the start', async () => {
    const source = counting(5);
    const sut = new SharedBytes(source.read(), 1_000, budget());
    const early = collect(sut.read());
    await early;

    expect(await collect(sut.read())).toEqual([0, 1, 2, 3, 4]);
    expect(await early).toEqual([0, 1, 2, 3, 4]);
    expect(source.pulled).toBe(5);
  });

  it('asks the source for no more than the fastest reader wants', async () => {
    const source = counting(100);
    const sut = new SharedBytes(source.read(), 10_000, budget());
    const reader = sut.read();
    await reader.next();
    await reader.next();

    expect(source.pulled).toBe(2);
  });

  it('hands over the whole file at its end', async () => {
    const sut = new SharedBytes(counting(3, 2).read(), 1_000, budget());
    await collect(sut.read());

    expect(await sut.file).toEqual(Buffer.from([0, 0, 1, 1, 2, 2]));
  });

  it('fails for every reader after what it had, and hands over nothing', async () => {
    const source = counting(5);
    source.failAt = 2;
    const sut = new SharedBytes(source.read(), 1_000, budget());

    await expect(collect(sut.read())).rejects.toThrow('cut');
    await expect(collect(sut.read())).rejects.toThrow('cut');
    expect(await sut.file).toBeUndefined();
    expect(sut.canJoin).toBe(false);
  });

  describe('that grows beyond its limit', () => {
    it('goes on for its readers but can be joined no more, nor kept', async () => {
      const bytes = budget();
      const sut = new SharedBytes(counting(50).read(), 100, bytes);

      expect(await collect(sut.read())).toHaveLength(50);
      expect(sut.canJoin).toBe(false);
      expect(await sut.file).toBeUndefined();
      expect(bytes.takenBytes).toBe(0);
    });

    it('never gives a late reader the middle for the start', async () => {
      const sut = new SharedBytes(counting(50).read(), 100, budget());
      await collect(sut.read());

      await expect(collect(sut.read())).rejects.toMatchObject({ code: 'overloaded' });
    });

    it('cuts a reader that lags by more than the window instead of holding the others up', async () => {
      const sut = new SharedBytes(counting(50, 65_536).read(), 100_000, budget());
      const slow = sut.read();
      await slow.next();

      expect(await collect(sut.read())).toHaveLength(50);
      await expect(collect(slow)).rejects.toMatchObject({ code: 'overloaded' });
    });

    it('holds little for a lone reader', async () => {
      const source = counting(1_000, 65_536);
      const sut = new SharedBytes(source.read(), 100_000, budget());
      let read = 0;
      for await (const _chunk of sut.read()) {
        read += 1;
        expect(source.pulled - read).toBeLessThanOrEqual(1);
      }

      expect(read).toBe(1_000);
    });
  });

  it('is not kept when the memory of all is taken', async () => {
    const tight = new ByteBudget(25);
    const sut = new SharedBytes(counting(3).read(), 1_000, tight);

    expect(await collect(sut.read())).toEqual([0, 1, 2]);
    expect(await sut.file).toBeUndefined();
    expect(tight.takenBytes).toBe(0);
  });

  it('gives its memory back when released', async () => {
    const shared = budget();
    const sut = new SharedBytes(counting(3).read(), 1_000, shared);
    await collect(sut.read());
    expect(shared.takenBytes).toBe(30);
    sut.release();

    expect(shared.takenBytes).toBe(0);
  });
});
