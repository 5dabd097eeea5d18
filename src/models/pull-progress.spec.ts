import { beforeEach, describe, expect, it } from '@jest/globals';
import { PullMeter, type PullProgress } from './pull-progress.js';

const TOTAL_BYTES = 1_000_000;

describe(PullMeter.name, () => {
  let told: PullProgress[];
  let sut: PullMeter;

  beforeEach(() => {
    told = [];
    sut = new PullMeter('tiny', (progress) => told.push(progress));
    sut.begin(TOTAL_BYTES);
  });

  it('adds up the files', () => {
    sut.add('encoder', 300_000);
    sut.add('decoder', 200_000);
    expect(told.at(-1)).toEqual({
      model: 'tiny',
      state: 'downloading',
      doneBytes: 500_000,
      totalBytes: TOTAL_BYTES,
    });
  });

  it('tells little of much, and always the end', () => {
    for (let bytes = 1; bytes <= TOTAL_BYTES; bytes += 9) sut.add('encoder', bytes);
    sut.add('encoder', TOTAL_BYTES);
    expect(told.length).toBeLessThan(250);
    expect(told.at(-1)).toMatchObject({ doneBytes: TOTAL_BYTES });
  });

  it('goes back when a file is fetched again', () => {
    sut.add('encoder', 400_000);
    sut.add('encoder', 10_000);
    expect(told.at(-1)).toMatchObject({ doneBytes: 10_000 });
  });

  it('tells a check once, and the download that goes on', () => {
    sut.add('encoder', 400_000);
    sut.check();
    sut.check();
    sut.add('decoder', 1);
    expect(told.slice(-2).map(({ state }) => state)).toEqual(['checking', 'downloading']);
  });
});
