import { describe, expect, it } from '@jest/globals';
import { PaceClock } from './pace-clock.js';

describe(PaceClock.name, () => {
  it('wakes in the order of the times, not before them', async () => {
    const sut = new PaceClock();
    const start = performance.now();
    const woken: [string, number][] = [];
    await new Promise<void>((resolve) => {
      sut.at(start + 40, () => resolve());
      sut.at(start + 20, () => woken.push(['second', performance.now()]));
      sut.at(start + 5, () => woken.push(['first', performance.now()]));
    });

    expect(woken.map(([name]) => name)).toEqual(['first', 'second']);
    expect(woken[0]![1] - start).toBeGreaterThanOrEqual(5);
    expect(woken[1]![1] - start).toBeGreaterThanOrEqual(20);
  });

  it('does not wake who has called it off', async () => {
    const sut = new PaceClock();
    const start = performance.now();
    let woken = false;
    const callOff = sut.at(start + 5, () => (woken = true));
    callOff();
    await new Promise<void>((resolve) => sut.at(start + 20, resolve));

    expect(woken).toBe(false);
  });

  it('lets a reader ask again while it wakes the others', async () => {
    const sut = new PaceClock();
    let turns = 0;
    await new Promise<void>((resolve) => {
      const turn = (): void => {
        turns += 1;
        if (turns === 5) resolve();
        else sut.at(performance.now() + 1, turn);
      };
      sut.at(performance.now(), turn);
    });

    expect(turns).toBe(5);
  });

  it('wakes everybody, in order, when there is no time to wait', () => {
    const sut = new PaceClock();
    const start = performance.now();
    const woken: string[] = [];
    sut.at(start + 120_000, () => woken.push('second'));
    sut.at(start + 60_000, () => woken.push('first'));
    sut.wakeAll();

    expect(woken).toEqual(['first', 'second']);
  });
});
