import { describe, expect, it } from '@jest/globals';
import { guardText } from './text-guard.js';

const LONG_MS = 30_000;
const SENTENCE = 'Close the white door and start the car.';

describe(guardText.name, () => {
  it('leaves ordinary text alone', () => {
    const text = 'Please open the red door and turn on the light.';
    expect(guardText(text, 3_000)).toEqual({ text, isSuppressed: false });
  });

  it('leaves a few repeats alone, which people say', () => {
    expect(guardText('no no no no no', LONG_MS).text).toBe('no no no no no');
  });

  it.each([
    ['No no.', 700],
    ['No, no, no, no!', 1_200],
    ['네 네', 700],
    ['네, 네, 네, 알겠습니다.', 1_800],
    ['Thank you, thank you, thank you.', 2_000],
    ['I said, I said we should go.', 1_700],
    ['Four more years! Four more years! Four more years!', 3_500],
    ['I have a dream. I have a dream that one day this nation will rise up.', 4_500],
    ['Never gonna give you up, never gonna give you up, never gonna give you up.', 5_000],
    ['好好好，我知道了', 1_500],
    ['はいはいはい、わかりました', 1_800],
    ['The number is seven seven seven seven four four.', 3_000],
  ])('leaves %s alone, said in %d ms', (text, audioMs) => {
    expect(guardText(text, audioMs)).toEqual({ text, isSuppressed: false });
  });

  it.each([2, 3, 4])('says a sentence once that a decoder says %d times in the time of one', (times) => {
    const looped = Array.from({ length: times }, () => SENTENCE).join(' ');
    expect(guardText(looped, 2_700)).toEqual({ text: SENTENCE, isSuppressed: true });
  });

  it.each([
    ['marks differ', 'Good morning everybody, good morning everybody. Good morning everybody!', 1_900],
    ['the last repeat is cut', `${SENTENCE} ${SENTENCE} Close the white`, 2_700],
    ['there are no blanks', '谢谢大家的观看谢谢大家的观看谢谢大家的观看', 1_800],
    [
      'syllables are characters',
      '오늘은 날씨가 좋습니다. 오늘은 날씨가 좋습니다. 오늘은 날씨가 좋습니다.',
      2_200,
    ],
  ])('sees a loop of few repeats where %s', (_where, text, audioMs) => {
    const { text: once, isSuppressed } = guardText(text, audioMs);
    expect(isSuppressed).toBe(true);
    expect(text.startsWith(once)).toBe(true);
    expect(once.length).toBeLessThan(text.length * 0.55);
  });

  it('sees a loop at the pace of speech where it breaks off', () => {
    const unit = "I'm not a good friend,";
    const text = `${unit} ${unit} ${unit} ${unit} I'm not`;
    expect(guardText(text, 5_300)).toEqual({ text: unit, isSuppressed: true });
    expect(guardText(`${unit} ${unit} ${unit} ${unit}`, 5_300).isSuppressed).toBe(false);
  });

  it('keeps what is said before a loop and behind it', () => {
    const text = `And now. ${SENTENCE} ${SENTENCE} ${SENTENCE} Goodbye my friends.`;
    expect(guardText(text, 4_000).text).toBe(`And now. ${SENTENCE} Goodbye my friends.`);
  });

  it('says a long loop once however much time there is', () => {
    const text = `I see. ${'Thank you very much. '.repeat(20)}`.trim();
    expect(guardText(text, LONG_MS)).toEqual({ text: 'I see. Thank you very much.', isSuppressed: true });
  });

  it('comes to an end with a loop that blanks stand behind', () => {
    expect(guardText('so it is '.repeat(30), LONG_MS)).toEqual({ text: 'so it is', isSuppressed: true });
    expect(guardText(' '.repeat(1_000), LONG_MS).isSuppressed).toBe(false);
  });

  it('leaves long text alone that repeats words but not in a row', () => {
    const text = Array.from({ length: 60 }, (_, index) => `7:${index + 1}`).join(' ');
    expect(guardText(text, 12_000).isSuppressed).toBe(false);
  });

  it('drops more text than can be said in the time', () => {
    const text = Array.from({ length: 60 }, (_, index) => `word${index * 7919}`).join(' ');
    expect(guardText(text, 300)).toEqual({ text: '', isSuppressed: true });
  });

  it.each([
    'Thank you for watching!',
    'Vielen Dank fürs Zuschauen.',
    'Untertitel der Amara.org-Community',
    'Продолжение следует...',
    'ご視聴ありがとうございました',
    '시청해 주셔서 감사합니다.',
    '谢谢大家的观看',
  ])('does not take a click for %s', (text) => {
    // 150 ms of it, 300 ms before and 200 ms behind.
    expect(guardText(text, 650)).toEqual({ text: '', isSuppressed: true });
  });

  it.each([
    ['Thank you for watching!', 1_500],
    ['Vielen Dank fürs Zuschauen.', 1_700],
    ['ご視聴ありがとうございました', 2_000],
    ['시청해 주셔서 감사합니다.', 1_800],
    ['谢谢大家的观看', 1_300],
    ['Thank you.', 650],
    ['Yes, of course.', 750],
    ['Bye-bye!', 300],
    ['谢谢', 500],
    ['네, 감사합니다.', 900],
    ['No', 100],
  ])('believes that somebody said %s in %d ms', (text, audioMs) => {
    expect(guardText(text, audioMs)).toEqual({ text, isSuppressed: false });
  });

  it('does not look at a megabyte that a server answers', () => {
    expect(guardText('round and round '.repeat(65_536), 1_000)).toEqual({ text: '', isSuppressed: true });
  });

  it.each(['[Music]', '(wind blowing)', '♪ ♪', '*sighs*', '[BLANK_AUDIO] [Music].'])(
    'drops %s, which nobody says',
    (text) => {
      expect(guardText(text, 3_000)).toEqual({ text: '', isSuppressed: true });
    },
  );

  it('leaves the name of a sound alone among words', () => {
    expect(guardText('Stop the car. [Music]', 3_000).text).toBe('Stop the car. [Music]');
    expect(guardText('...', 3_000).text).toBe('...');
  });

  it('takes an empty text as it is', () => {
    expect(guardText('', 0)).toEqual({ text: '', isSuppressed: false });
  });
});
