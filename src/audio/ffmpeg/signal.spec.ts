import { describe, expect, it } from '@jest/globals';
import { Signal } from './signal.js';

describe(Signal.name, () => {
  it('wakes who waits', async () => {
    const sut = new Signal();
    const waiting = sut.wait();

    sut.raise();

    await expect(waiting).resolves.toBeUndefined();
  });

  it('does not forget a change that came before the wait', async () => {
    const sut = new Signal();

    sut.raise();

    await expect(sut.wait()).resolves.toBeUndefined();
  });

  it('tells each change once', async () => {
    const sut = new Signal();
    sut.raise();
    await sut.wait();

    const next = await Promise.race([sut.wait(), Promise.resolve('still waiting')]);

    expect(next).toBe('still waiting');
  });

  it('lets several waits share the next change', async () => {
    const sut = new Signal();
    const waits = [sut.wait(), sut.wait()];

    sut.raise();

    await expect(Promise.all(waits)).resolves.toHaveLength(2);
  });
});
