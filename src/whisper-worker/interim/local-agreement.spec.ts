import { describe, expect, it } from '@jest/globals';
import { Random } from '../../../test/support/random.js';
import { LocalAgreement } from './local-agreement.js';

/** `stable|rest` of each update. */
function run(hypotheses: string[], language = 'en', pace: 'steady' | 'fast' = 'fast'): string[] {
  const sut = new LocalAgreement(language, pace);
  return hypotheses.map((hypothesis) => {
    const { text, stable } = sut.update(hypothesis);
    return `${text.slice(0, stable)}|${text.slice(stable)}`;
  });
}

describe(LocalAgreement.name, () => {
  it('holds nothing for stable that was said once', () => {
    expect(run(['Turn on the'])).toEqual(['|Turn on the']);
  });

  it('holds for stable what two decodes say alike, but not their last word', () => {
    expect(run(['Turn on the', 'Turn on the light'])[1]).toBe('Turn on| the light');
  });

  it('shows no mark behind the last word: the next word would take it back', () => {
    expect(run(['Turn on the.', 'Turn on the light. “What time', 'Turn on the light. “What time?”'])).toEqual(
      ['|Turn on the', 'Turn on| the light. “What time', 'Turn on the light. “What| time'],
    );
  });

  it('shows the first word once it was heard twice, or another follows', () => {
    expect(run(['Six.', 'Thank you.'])).toEqual(['|', '|Thank you']);
    expect(run(['Sto', 'Stop.'])).toEqual(['|', '|Stop']);
  });

  it('leaves the last word out until it was heard again, when it is to be steady', () => {
    expect(
      run(['Turn', 'Turn own', 'Turn on the', 'Turn on the li', 'Turn on the light'], 'en', 'steady'),
    ).toEqual(['|', '|Turn', 'Turn| on', 'Turn on| the', 'Turn on the| light']);
  });

  it('shows nothing until two decodes begin alike, when it is to be steady', () => {
    expect(run(['How do you marry', 'Had he married', 'Had he married a more'], 'en', 'steady')).toEqual([
      '|',
      '|',
      'Had he| married a',
    ]);
  });

  it('writes a final as its words were shown, but ends sentences where the final does', () => {
    const sut = new LocalAgreement('en', 'fast');
    sut.update('Had he married a more amiable woman he might, have');
    expect(sut.asShown('Had he married a more amiable woman, he might have been.')).toBe(
      'Had he married a more amiable woman he might, have been.',
    );
    expect(sut.asShown('Had he married. A more amiable woman')).toBe('Had he married. A more amiable woman');
  });

  it('keeps the ending of a word until another was heard twice in a row, when it is to be steady', () => {
    const fellows = ['Americans', 'Americans ask not', 'Americans asked not what'];
    expect(run([...fellows, 'Americans ask not what your'], 'en', 'steady').slice(2)).toEqual([
      'Americans| ask not',
      'Americans| ask not what',
    ]);
    expect(run([...fellows, 'Americans asked not what your'], 'en', 'steady').at(-1)).toMatch(
      /^Americans asked not\|/,
    );
  });

  it('takes another word at once: only endings wait', () => {
    const shown = ['So turn', 'So turn me on', 'So turn you on'];
    expect(run(shown, 'en', 'steady').at(-1)).toBe('So turn| you on');
  });

  it('shows nothing of a decode without words', () => {
    expect(run(['...', '♪ ♪'])).toEqual(['|', '|']);
  });

  it('keeps marks that may vanish out of the stable text', () => {
    expect(run(['Turn on the.', 'Turn on the light.', 'Turn on the light and stop.'])[2]).toBe(
      'Turn on the| light and stop',
    );
  });

  it('never retracts: a decode that disagrees continues the stable text', () => {
    const [, , third] = run([
      'Turn on the light',
      'Turn on the light please',
      'Burn in the light please now',
    ]);
    expect(third).toBe('Turn on the| light please now');
  });

  it('never retracts when a decode is shorter than the stable text', () => {
    expect(run(['One two three four', 'One two three four', 'One'])[2]).toBe('One two three|');
  });

  it('keeps marks and capitals of what it has shown, whatever a later decode makes of them', () => {
    expect(
      run(['and so my fellow', 'And so, my fellow Americans', 'And, so my fellow Americans ask']),
    ).toEqual(['|and so my fellow', 'and so my| fellow Americans', 'and so my fellow| Americans ask']);
  });

  it('holds back no last word when the speaker has paused: it is a whole one', () => {
    const sut = new LocalAgreement('en', 'steady');
    sut.update('Turn on the');
    expect(sut.update('Turn on the light', true).text).toBe('Turn on the light');
  });

  it('ends words where the language does', () => {
    expect(run(['今日は月曜日', '今日は月曜日です'], 'ja')[1]).toMatch(/^今日.*\|.*です$/);
    expect(run(['불을 켜', '불을 켜 주세요'], 'ko')[1]).toBe('불을| 켜 주세요');
  });

  it('takes any language code', () => {
    expect(run(['a b c', 'a b c'], 'haw')[1]).toBe('a b| c');
  });

  it('never shortens or changes the stable text, whatever it hears', () => {
    const random = new Random(7);
    const words = ['red', 'blue', 'Green.', 'one', 'two?'];
    for (let round = 0; round < 200; round += 1) {
      const sut = new LocalAgreement('en', random.pick(['steady', 'fast'] as const));
      let stable = '';
      for (let step = 0; step < 10; step += 1) {
        const hypothesis = Array.from({ length: random.below(6) }, () => random.pick(words)).join(' ');
        const agreed = sut.update(hypothesis, random.below(4) === 0);
        expect(agreed.text.startsWith(stable)).toBe(true);
        stable = agreed.text.slice(0, agreed.stable);
      }
    }
  });
});
