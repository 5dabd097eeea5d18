import { describe, expect, it } from '@jest/globals';
import type { RunEvent } from './run-event.js';
import { RunLog } from './run-log.js';

function readFrom(log: RunLog, seq: number): RunEvent[] {
  const events: RunEvent[] = [];
  for (let event = log.after(seq); event; event = log.after(event.seq)) events.push(event);
  return events;
}

describe(RunLog.name, () => {
  it('numbers its entries from 1 without gaps', () => {
    const sut = new RunLog(10_000);
    sut.append('delta', { text: 'a' });
    sut.append('delta', { text: 'b' });

    expect(readFrom(sut, 0).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(sut.lastSeq).toBe(2);
  });

  it('wakes its readers after every entry, until they leave', () => {
    const sut = new RunLog(10_000);
    let woken = 0;
    const leave = sut.onAppend(() => (woken += 1));
    sut.append('delta', { text: 'a' });
    leave();
    sut.append('delta', { text: 'b' });

    expect(woken).toBe(1);
  });

  it('refuses to say more after its ending', () => {
    const sut = new RunLog(10_000);
    sut.append('cancelled', { by: 'user', partial: false });

    expect(() => sut.append('delta', { text: 'a' })).toThrow('ended');
  });

  it('gives every reader the whole text, however old its position, once it has compacted', () => {
    const sut = new RunLog(4_000);
    sut.append('step', { stepId: 's', name: 'x', status: 'started' });
    for (let count = 0; count < 500; count += 1) sut.append('delta', { text: `${count} ` });
    const whole = sut.text;

    for (let from = 0; from <= sut.lastSeq; from += 1) {
      let text = from === 0 ? '' : textUpto(from);
      for (const event of readFrom(sut, from)) {
        if (event.name === 'delta') text += event.data.text;
        if (event.name === 'snapshot') ({ text } = event.data);
      }
      expect(text).toBe(whole);
    }
    expect(
      readFrom(sut, 0)
        .map(({ name }) => name)
        .slice(0, 2),
    ).toEqual(['step', 'snapshot']);
  });

  it('keeps sentences and reasoning within its bound, too', () => {
    const sut = new RunLog(4_000);
    for (let count = 0; count < 5_000; count += 1) {
      sut.append('delta', { text: 'Hi. ' });
      sut.append('sentence', { index: count, start: count * 4, end: count * 4 + 3 });
      sut.append('reasoning', { text: 'Hm.' });
    }

    expect(sut.bytes).toBeLessThanOrEqual(4_000);
    expect(readFrom(sut, 0).length).toBeLessThan(40);
  });

  it('gives every delta again as it was, to a reader who cannot replace text', () => {
    const sut = new RunLog(2_000);
    const texts = Array.from({ length: 400 }, (_, index) => 'x'.repeat((index * 7) % 300));
    for (const text of texts) sut.append('delta', { text });
    const read: string[] = [];
    for (let event = sut.exactlyAfter(0); event; event = sut.exactlyAfter(event.seq))
      if (event.name === 'delta') read[event.seq - 1] = event.data.text;

    expect(texts.map((_text, index) => read[index] ?? '')).toEqual(texts);
  });

  it('keeps the number of its entries bounded', () => {
    const sut = new RunLog(4_000);
    for (let count = 0; count < 5_000; count += 1) sut.append('delta', { text: 'x' });

    expect(readFrom(sut, 0).length).toBeLessThan(40);
    expect(sut.text).toHaveLength(5_000);
  });

  it('knows how much of the text is ahead of a position', () => {
    const sut = new RunLog(10_000);
    sut.append('delta', { text: 'Hello' });
    sut.append('delta', { text: ' you' });

    expect(sut.textLengthAfter({ seq: 0, offset: 2 })).toBe(7);
    expect(sut.textLengthAfter({ seq: 1, offset: 0 })).toBe(4);
  });
});

/** The text of a reader who has seen the step and the first deltas up to `seq`. */
function textUpto(seq: number): string {
  return Array.from({ length: Math.max(seq - 1, 0) }, (_each, count) => `${count} `).join('');
}
