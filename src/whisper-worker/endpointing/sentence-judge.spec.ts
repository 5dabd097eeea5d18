import { describe, expect, it } from '@jest/globals';
import { SentenceJudge } from './sentence-judge.js';

describe(SentenceJudge.name, () => {
  const judge = (text: string | undefined, isContinuing = false, again = text): Promise<string> =>
    new SentenceJudge().judge({ text, isContinuing, hearAgain: async () => again });

  it.each([
    'Turn on the light.',
    'Where is my new car?',
    'He said: “Stop!”',
    '6 spoons of fresh snow peas.',
    '불을 켜 주세요.',
    '打开窗户。',
    'क्या समय हुआ है।',
    'كم الساعة؟',
  ])('takes %s for a whole sentence', async (text) => {
    expect(await judge(text)).toBe('complete');
  });

  it.each([
    'And so my fellow Americans',
    'Eight of spades,',
    'The reason is:',
    'I think that...',
    'Well, maybe…',
    'And Mr.',
    'This is George W.',
    '오늘은 날씨가',
  ])('takes %s for one that goes on', async (text) => {
    expect(await judge(text)).toBe('open');
  });

  it.each([undefined, '', 'Stop', '1, 2', '打开窗户', 'เปิดไฟ'])('cannot tell of %p', async (text) => {
    expect(await judge(text)).toBe('unknown');
  });

  it('takes a mark behind words without a capital for none, as a model sets it where audio is cut', async () => {
    expect(await judge('and so my fellow Americans.')).toBe('open');
  });

  it('takes such words for the end of the sentence that the utterance before left open', async () => {
    expect(await judge('and so my fellow Americans.', true)).toBe('complete');
  });

  it('believes a mark that is heard twice', async () => {
    expect(await judge('Turn on the light.', false, 'Turn on the lights.')).toBe('complete');
    expect(await judge('And so my fellow Americans.', false, 'And so my fellow Americans')).toBe('open');
  });

  it('believes a mark that cannot be heard again', async () => {
    const sut = new SentenceJudge();
    const pause = { text: 'Turn on the light.', isContinuing: false, hearAgain: async () => undefined };
    expect(await sut.judge(pause)).toBe('complete');
  });
});
