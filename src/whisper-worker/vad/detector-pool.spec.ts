import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { VoiceActivityDetector } from '../voice-activity-detector.js';
import { DetectorPool } from './detector-pool.js';

const USUAL = 0.5;

class NamedDetector implements VoiceActivityDetector {
  resets = 0;

  constructor(
    readonly threshold: number,
    private readonly freed: number[],
  ) {}

  isSpeech(): boolean {
    return false;
  }

  reset(): void {
    this.resets += 1;
  }

  free(): void {
    this.freed.push(this.threshold);
  }
}

function make(limit = 8): { sut: DetectorPool; made: number[]; freed: number[] } {
  const made: number[] = [];
  const freed: number[] = [];
  const sut = new DetectorPool(
    (threshold) => {
      made.push(threshold);
      return new NamedDetector(threshold, freed);
    },
    USUAL,
    limit,
  );
  return { sut, made, freed };
}

describe(DetectorPool.name, () => {
  it('gives the one that was made at start', async () => {
    const { sut, made } = make();
    sut.warm();
    await sut.acquire();
    expect(made).toEqual([USUAL]);
  });

  it('makes the next one ahead', async () => {
    const { sut, made } = make();
    await sut.acquire();
    while (made.length < 2) await nextTurn();
    await sut.acquire();
    expect(made).toEqual([USUAL, USUAL]);
  });

  it('gives again what was given back, with what it heard forgotten', async () => {
    const { sut } = make(1);
    const first = await sut.acquire();
    sut.release(first);
    expect(await sut.acquire()).toBe(first);
    expect(first).toMatchObject({ resets: 1 });
  });

  it('gives a detector of the threshold that is asked for', async () => {
    const { sut } = make();
    sut.warm();
    sut.release(await sut.acquire(0.9));
    const taken = await Promise.all([sut.acquire(0.2), sut.acquire(0.9), sut.acquire()]);
    expect(taken).toMatchObject([{ threshold: 0.2 }, { threshold: 0.9 }, { threshold: USUAL }]);
  });

  it('makes one per turn, however many come at once', async () => {
    const { sut, made } = make(50);
    const taken = Promise.all(Array.from({ length: 20 }, () => sut.acquire()));
    const perTurn: number[] = [];
    for (let before = 0; before < 20; before = made.length) {
      await nextTurn();
      perTurn.push(made.length - before);
    }
    expect(new Set(await taken).size).toBe(20);
    expect(Math.max(...perTurn)).toBe(1);
  });

  it('gives up idle ones of other thresholds before there are more than its limit', async () => {
    const { sut, made, freed } = make(3);
    for (const threshold of [0.2, 0.3, 0.4, 0.6]) sut.release(await sut.acquire(threshold));
    expect(made.length - freed.length).toBe(3);
    expect(freed).toContain(0.2);
  });

  it('frees everything once it is closed', async () => {
    const { sut, made, freed } = make();
    sut.warm();
    const taken = await sut.acquire(0.3);
    sut.close();
    sut.release(taken);
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
    expect(freed).toHaveLength(made.length);
  });
});
