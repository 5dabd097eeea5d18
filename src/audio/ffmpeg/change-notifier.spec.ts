import { describe, expect, it } from '@jest/globals';
import { ChangeNotifier } from './change-notifier.js';

describe(ChangeNotifier.name, () => {
  it('wakes who waits', async () => {
    const sut = new ChangeNotifier();
    const waiting = sut.wait();

    sut.notify();

    await expect(waiting).resolves.toBeUndefined();
  });

  it('does not forget a change that came before the wait', async () => {
    const sut = new ChangeNotifier();

    sut.notify();

    await expect(sut.wait()).resolves.toBeUndefined();
  });

  it('tells each change once', async () => {
    const sut = new ChangeNotifier();
    sut.notify();
    await sut.wait();

    const next = await Promise.race([sut.wait(), Promise.resolve('still waiting')]);

    expect(next).toBe('still waiting');
  });

  it('lets several waits share the next change', async () => {
    const sut = new ChangeNotifier();
    const waits = [sut.wait(), sut.wait()];

    sut.notify();

    await expect(Promise.all(waits)).resolves.toHaveLength(2);
  });
});
