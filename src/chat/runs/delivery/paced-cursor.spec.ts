import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Pace } from './pace.js';
import { PacedCursor } from './paced-cursor.js';
import { RunLog } from '../run-log.js';
import { RUN_START } from '../run-position.js';

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

  it('goes on behind a word that is longer than it looks ahead', () => {
    for (const text of ['a ', 'x'.repeat(300), 'y'.repeat(300), ' b', ' c']) log.append('delta', { text });
    log.append('done', { finishReason: 'stop', ttftMs: 0, durationMs: 0 });
    const sut = createCursor({ unit: 'word' });
    let text = read(sut);
    while (!sut.isAtEnd && sut.dueAt !== undefined) {
      nowMs = sut.dueAt;
      text += read(sut);
    }

    expect(text).toBe(log.text);
    expect(sut.isAtEnd).toBe(true);
  });

  it('keeps its pace however much of the log has been compacted', () => {
    log = new RunLog(2_000);
    for (let count = 0; count < 300; count += 1) log.append('delta', { text: `word${count} ` });
    const sut = createCursor({ unit: 'word' });
    const steps: number[] = [];
    for (let step = 0; step < 50; step += 1) {
      steps.push(read(sut).length);
      nowMs = sut.dueAt!;
    }

    expect(Math.max(...steps)).toBeLessThan(10);
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
