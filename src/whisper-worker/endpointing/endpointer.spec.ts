import { describe, expect, it } from '@jest/globals';
import { Random } from '../../../test/support/random.js';
import { Endpointer, type EndpointEvent } from './endpointer.js';

const WINDOW = 512;
const OPTIONS = {
  preRollSamples: 3 * WINDOW,
  leastSilenceSamples: 10 * WINDOW,
  mostSilenceSamples: 10 * WINDOW,
  tailSamples: 4 * WINDOW,
  minSpeechSamples: 3 * WINDOW,
  maxUtteranceSamples: 100 * WINDOW,
};

/** Feeds a drawing of windows: `#` is speech, `.` is silence, `,` is speech that is nearly silent. */
function feed(sut: Endpointer, drawing: string): EndpointEvent[] {
  return Array.from(drawing).flatMap((window) => {
    const start = sut.position;
    const end = start + WINDOW;
    const power = { '#': 1, ',': 0.001, '.': 0 }[window] ?? 0;
    const levels = [64, 192, 320, 448].map((offset) => ({ position: start + offset, power }));
    return sut.write({ start, end, isSpeech: window !== '.', levels });
  });
}

const make = (start = 0): Endpointer => new Endpointer(OPTIONS, start);
const utterances = (events: EndpointEvent[]): [number, number][] =>
  events.flatMap((event) => (event.type === 'utterance' ? [[event.start / WINDOW, event.end / WINDOW]] : []));
const silentUntil = (events: EndpointEvent[]): number =>
  Math.max(...events.map((event) => (event.type === 'silence' ? event.until / WINDOW : -1)));

describe(Endpointer.name, () => {
  it('ends an utterance after enough silence and keeps pre-roll and tail', () => {
    const events = feed(make(), '.'.repeat(20) + '#'.repeat(10) + '.'.repeat(10));
    expect(utterances(events)).toEqual([[17, 34]]);
  });

  it('bridges pauses that are shorter than the silence', () => {
    const events = feed(make(), `.....#####.........#####${'.'.repeat(10)}`);
    expect(utterances(events)).toEqual([[2, 28]]);
  });

  it('takes no pre-roll from before the start of the session', () => {
    const events = feed(make(7 * WINDOW), '#####' + '.'.repeat(10));
    expect(utterances(events)).toEqual([[7, 16]]);
  });

  it('takes no pre-roll from the utterance before', () => {
    const sut = new Endpointer({ ...OPTIONS, preRollSamples: 9 * WINDOW }, 0);
    const events = feed(sut, '#####' + '.'.repeat(10) + '#####' + '.'.repeat(10));
    expect(utterances(events)).toEqual([
      [0, 9],
      [9, 24],
    ]);
  });

  it('drops a click that is shorter than the least speech', () => {
    const events = feed(make(), '.....##' + '.'.repeat(40));
    expect(utterances(events)).toEqual([]);
  });

  it('says speech only when it is no click', () => {
    expect(feed(make(), '..##').map(({ type }) => type)).not.toContain('speech-start');
    expect(feed(make(), '..###')).toContainEqual({ type: 'speech-start', at: 2 * WINDOW });
  });

  it('knows who is speaking, and that they are silent before it knows that it is a pause', () => {
    const sut = make();
    feed(sut, '.....####');
    expect(sut.speaking).toEqual({ start: 2 * WINDOW, end: 9 * WINDOW });
    feed(sut, '.');
    expect(sut.speaking).toBeUndefined();
    feed(sut, '#');
    expect(sut.speaking).toEqual({ start: 2 * WINDOW, end: 11 * WINDOW });
  });

  it('says where speech ended', () => {
    const events = feed(make(), '..#####' + '.'.repeat(10));
    expect(events).toContainEqual({ type: 'speech-end', at: 7 * WINDOW });
  });

  it('covers silence only up to the pre-roll of what may begin now', () => {
    expect(silentUntil(feed(make(), '.'.repeat(40)))).toBeLessThanOrEqual(37);
  });

  it('covers no silence behind the pre-roll of possible speech', () => {
    const events = feed(make(), '.'.repeat(20) + '##' + '.'.repeat(9));
    expect(silentUntil(events)).toBeLessThanOrEqual(17);
  });

  it('decodes on flush what may be the beginning of a word', () => {
    const sut = make();
    feed(sut, '.....#');
    expect(utterances(sut.flush())).toEqual([[2, 6]]);
  });

  it('covers everything on flush', () => {
    const sut = make();
    feed(sut, '.......');
    expect(sut.flush()).toEqual([{ type: 'silence', until: 7 * WINDOW }]);
  });

  it('goes on after a flush where it stopped', () => {
    const sut = make();
    feed(sut, '#####');
    sut.flush();
    expect(utterances(feed(sut, '#####' + '.'.repeat(10)))).toEqual([[5, 14]]);
  });

  it('cuts at the quietest point when an utterance grows too long', () => {
    const events = feed(make(), '#'.repeat(70) + ',' + '#'.repeat(29) + '####' + '.'.repeat(10));
    const [first, second] = utterances(events);
    expect(first![1]).toBeGreaterThan(70);
    expect(first![1]).toBeLessThan(71);
    expect(second![0]).toBe(first![1]);
  });

  it('prefers the longer of two pauses', () => {
    const events = feed(make(), '#'.repeat(60) + '......' + '#'.repeat(15) + '..' + '#'.repeat(17));
    const cut = utterances(events)[0]![1];
    expect(cut).toBeGreaterThan(60);
    expect(cut).toBeLessThan(66);
  });

  it('never gives an utterance longer than the limit', () => {
    const events = feed(make(), '#'.repeat(1_000) + '.'.repeat(10));
    expect(Math.max(...utterances(events).map(([start, end]) => end - start))).toBeLessThanOrEqual(100);
  });

  describe('whose pauses are judged', () => {
    const judged = (): Endpointer =>
      new Endpointer({ ...OPTIONS, leastSilenceSamples: 6 * WINDOW, mostSilenceSamples: 15 * WINDOW }, 0);

    it('waits for a decision from the least silence on', () => {
      const sut = judged();
      feed(sut, '#####.....');
      expect(sut.isUndecided).toBe(false);
      feed(sut, '.');
      expect(sut.isUndecided).toBe(true);
    });

    it('ends the utterance at once when the pause has lasted long enough', () => {
      const sut = judged();
      feed(sut, '#####......');
      expect(utterances(sut.decide(6 * WINDOW))).toEqual([[0, 9]]);
    });

    it('ends it later when that was decided, within its bounds', () => {
      const sut = judged();
      feed(sut, '#####......');
      expect(sut.decide(99 * WINDOW)).toEqual([]);
      expect(utterances(feed(sut, '.'.repeat(8)))).toEqual([]);
      expect(utterances(feed(sut, '.'))).toEqual([[0, 9]]);
    });

    it('decides anew in each pause', () => {
      const sut = judged();
      feed(sut, '#####......');
      sut.decide(15 * WINDOW);
      feed(sut, '.#......');
      expect(sut.isUndecided).toBe(true);
    });

    it('takes no decision when nobody pauses', () => {
      const sut = judged();
      feed(sut, '#####.');
      expect(sut.decide(0)).toEqual([]);
      expect(sut.isOpen).toBe(true);
    });
  });

  it('covers every sample exactly once, in order, for any pattern of speech', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const sut = make();
      const events = [...feed(sut, randomDrawing(seed, 600)), ...sut.flush()];
      const ends = [0];
      const starts: number[] = [];
      for (const event of events) {
        if (event.type === 'silence') {
          starts.push(ends.at(-1)!);
          ends.push(event.until);
        } else if (event.type === 'utterance') {
          starts.push(event.start);
          ends.push(event.end);
        }
      }
      expect({ seed, starts }).toEqual({ seed, starts: ends.slice(0, -1) });
      expect({ seed, ends }).toEqual({ seed, ends: [...new Set(ends)].toSorted((a, b) => a - b) });
      expect({ seed, covered: ends.at(-1) }).toEqual({ seed, covered: 600 * WINDOW });
    }
  });
});

/** Runs of speech, murmur and silence of random length, the same for the same seed. */
function randomDrawing(seed: number, length: number): string {
  const random = new Random(seed);
  let drawing = '';
  while (drawing.length < length) drawing += random.pick(['#', '.', ',']).repeat(random.integer(1, 40));
  return drawing.slice(0, length);
}
