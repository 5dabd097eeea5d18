import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Pace } from './pace.js';
import { PacedCursor } from './paced-cursor.js';
import { RunLog } from './run-log.js';
import { RUN_START } from './run-position.js';

describe(PacedCursor.name, () => {
  let log: RunLog;
  let nowMs: number;
  let isHurried: boolean;

  function createCursor(pace: Partial<Pace> = {}): PacedCursor {
    const whole: Pace = { unit: 'grapheme', intervalMs: 100, ...pace };
    return new PacedCursor(
      log,
      RUN_START,
      whole,
      () => isHurried,
      () => nowMs,
    );
  }

  /** All that may be read now. */
  function read(sut: PacedCursor): string {
    let text = '';
    for (let next = sut.next(); next; next = sut.next())
      if (next.event.name === 'delta') text += next.event.data.text;
    return text;
  }

  beforeEach(() => {
    log = new RunLog(65_536);
    nowMs = 50;
    isHurried = false;
  });

  it('gives a new reader one unit, and the next an interval later', () => {
    log.append('delta', { text: 'abc' });
    const sut = createCursor();
    const first = read(sut);
    const { dueAt } = sut;
    nowMs = 150;

    expect([first, dueAt, read(sut)]).toEqual(['a', 150, 'b']);
  });

  it('lets a reader that was woken late catch up by one unit', () => {
    log.append('delta', { text: 'abcdef' });
    const sut = createCursor();
    read(sut);
    nowMs = 550;

    expect(read(sut)).toBe('bc');
  });

  it('keeps its place when it must hurry', () => {
    log.append('delta', { text: 'abc' });
    log.append('delta', { text: 'def' });
    const sut = createCursor();
    read(sut);
    isHurried = true;

    expect(read(sut)).toBe('bcdef');
  });
});
