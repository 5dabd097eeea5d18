import { describe, expect, it } from '@jest/globals';
import { Random } from '../../../../test/support/random.js';
import type { InterimTranscript } from '../../events.js';
import type { FinalText } from '../../transcript-store.js';
import { CaptionPromise } from './caption-promise.js';

const interim = (text: string, stable: number, over: Partial<InterimTranscript> = {}): InterimTranscript => ({
  utterance: '100',
  revision: 1,
  text,
  stable,
  start: 100,
  end: 900,
  language: 'en',
  ...over,
});

const final = (text: string, over: Partial<FinalText> = {}): FinalText => ({
  utterance: '100',
  text,
  start: 100,
  end: 1_000,
  language: 'en',
  ...over,
});

describe(CaptionPromise.name, () => {
  it('changes nothing of a worker that keeps its own promises', () => {
    const sut = new CaptionPromise();
    expect(sut.interim(interim('Turn on the', 4))).toEqual(interim('Turn on the', 4));
    expect(sut.final(final('Turn on the light.'))).toEqual(final('Turn on the light.'));
  });

  it('holds the worker that takes over to what the last one promised, under the same name', () => {
    const sut = new CaptionPromise();
    sut.interim(interim('Turn on the', 7, { revision: 3 }));

    const next = sut.interim(interim('Burn', 0, { utterance: '120', start: 120, end: 500 }));

    expect(next).toMatchObject({ utterance: '100', revision: 4, text: 'Turn on', stable: 7 });
    expect(sut.final(final('Burn in the light.', { utterance: '120', start: 120, words: [] }))).toEqual(
      final('Turn on the light.', { start: 120 }),
    );
  });

  it('gives what was promised of an utterance in which nothing was heard in the end', () => {
    const sut = new CaptionPromise();
    sut.interim(interim('Turn on the', 7));
    expect(sut.commit(100)).toBeUndefined();
    expect(sut.commit(1_000)).toMatchObject({ utterance: '100', text: 'Turn on', start: 100, end: 1_000 });
    expect(sut.commit(2_000)).toBeUndefined();
  });

  it('makes no final of captions that promised nothing', () => {
    const sut = new CaptionPromise();
    sut.interim(interim('Turn', 0));
    expect(sut.commit(1_000)).toBeUndefined();
  });

  it('leaves the next utterance alone', () => {
    const sut = new CaptionPromise();
    sut.interim(interim('Turn on the', 7));
    sut.final(final('Turn on the light.'));
    const next = final('And go.', { utterance: '1000', start: 1_000, end: 1_500 });
    expect(sut.final(next)).toEqual(next);
  });

  it('keeps every promise, whatever workers decode and however often they change', () => {
    const random = new Random(20_261_126);
    const words = ['red', 'Blue', 'green.', 'one', 'two?', '불을', '켜'];
    const say = (): string => Array.from({ length: random.below(6) }, () => random.pick(words)).join(' ');
    for (let round = 0; round < 500; round += 1) {
      const sut = new CaptionPromise();
      const promises: string[] = [];
      let revision = 0;
      for (let step = random.below(8); step > 0; step -= 1) {
        const text = say();
        // Another worker may see the utterance begin a little earlier or later.
        const start = 100 + random.below(50);
        const told = sut.interim(
          interim(text, random.below(text.length + 1), { start, utterance: `${start}` }),
        );
        for (const promise of promises) expect(told.text.startsWith(promise)).toBe(true);
        expect(told.revision).toBeGreaterThan(revision);
        revision = told.revision;
        promises.push(told.text.slice(0, told.stable));
      }
      const heard = say();
      const said = heard === '' ? sut.commit(1_000)?.text : sut.final(final(heard)).text;
      for (const promise of promises) expect((said ?? '').startsWith(promise)).toBe(true);
    }
  });
});
