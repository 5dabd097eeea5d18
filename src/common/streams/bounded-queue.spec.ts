import { describe, expect, it } from '@jest/globals';
import { BoundedQueue } from './bounded-queue.js';

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe(BoundedQueue.name, () => {
  it('gives the items in their order, those queued before and after the reader came', async () => {
    const sut = new BoundedQueue<number>(10);
    sut.push(1);
    const items = collect(sut);
    sut.push(2);
    sut.end();

    expect(await items).toEqual([1, 2]);
  });

  it('refuses what exceeds its bound and takes it once there is room', async () => {
    const sut = new BoundedQueue<string>(5, (text) => text.length);
    expect(sut.push('abcd')).toBe(true);
    expect(sut.push('ef')).toBe(false);

    const reader = sut[Symbol.asyncIterator]();
    await reader.next();

    expect(sut.push('ef')).toBe(true);
    expect(sut.cost).toBe(2);
  });

  it('gives what is queued before it fails', async () => {
    const sut = new BoundedQueue<number>(10);
    sut.push(1);
    sut.fail(new Error('lost'));
    const reader = sut[Symbol.asyncIterator]();

    expect(await reader.next()).toEqual({ done: false, value: 1 });
    await expect(reader.next()).rejects.toThrow('lost');
  });

  it('takes nothing after its end', () => {
    const sut = new BoundedQueue<number>(10);
    sut.end();

    expect(sut.push(1)).toBe(false);
  });

  it('keeps its first ending', async () => {
    const sut = new BoundedQueue<number>(10);
    sut.end();
    sut.fail(new Error('late'));

    expect(await collect(sut)).toEqual([]);
  });
});
