import { describe, expect, it } from '@jest/globals';
import { SharedAnswer } from './shared-answer.js';

describe(SharedAnswer.name, () => {
  function counting(freshMs: number): { sut: SharedAnswer<number>; clock: { ms: number } } {
    const clock = { ms: 0 };
    let asked = 0;
    const ask = async (): Promise<number> => (asked += 1);
    return { sut: new SharedAnswer(ask, freshMs, () => clock.ms), clock };
  }

  it('is asked for once by all who ask at the same time', async () => {
    const { sut } = counting(0);
    expect(await Promise.all([sut.get(), sut.get(), sut.get()])).toEqual([1, 1, 1]);
  });

  it('holds for as long as it is fresh, and is asked for again then', async () => {
    const { sut, clock } = counting(100);
    await sut.get();
    clock.ms = 99;
    expect(await sut.get()).toBe(1);
    clock.ms = 100;
    expect(await sut.get()).toBe(2);
  });

  it('does not keep a failure', async () => {
    let asked = 0;
    const sut = new SharedAnswer(async () => {
      asked += 1;
      if (asked === 1) throw new Error('once');
      return asked;
    }, 1_000);
    await expect(sut.get()).rejects.toThrow('once');
    expect(await sut.get()).toBe(2);
  });
});
