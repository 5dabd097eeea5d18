import { describe, expect, it } from '@jest/globals';
import type { FinalTranscript } from '../events.js';
import { toSrt, toVtt } from './subtitles.js';

function final(text: string, startMs: number, endMs: number): FinalTranscript {
  return { eventId: 1, utterance: 'u1', text, start: startMs * 16, end: endMs * 16, language: 'en' };
}

/** As a player shows them: full-width characters take two columns, what joins others none. */
function columns(line: string): number {
  const graphemes = [...new Intl.Segmenter().segment(line)].map(({ segment }) => segment);
  return graphemes.reduce((sum, each) => sum + (/[\u1100-\uffff\u{1f300}-\u{1faff}]/u.test(each) ? 2 : 1), 0);
}

describe(toSrt.name, () => {
  it('numbers cues and writes times with a comma', () => {
    const srt = toSrt([final('Good morning.', 0, 1_250), final('Hello.', 3_661_001, 3_662_000)]);

    expect(srt).toBe(
      '1\n00:00:00,000 --> 00:00:01,250\nGood morning.\n\n2\n01:01:01,001 --> 01:01:02,000\nHello.\n',
    );
  });

  it('breaks a line that is too long in two of about the same length', () => {
    const [, , ...lines] = toSrt([final('one two three four five six seven eight nine ten eleven', 0, 5_000)])
      .trim()
      .split('\n');

    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(42);
  });

  it('splits a long final into cues that follow one another and cover its time', () => {
    const words = Array.from({ length: 60 }, (_, index) => `word${index}`);
    const srt = toSrt([final(words.join(' '), 1_000, 21_000)]);
    const times = [...srt.matchAll(/(\S+) --> (\S+)/g)].map(([, from, to]) => [from, to]);

    expect(times.length).toBeGreaterThan(4);
    expect(times[0]![0]).toBe('00:00:01,000');
    expect(times.at(-1)![1]).toBe('00:00:21,000');
    expect(times.slice(1).map(([from]) => from)).toEqual(times.slice(0, -1).map(([, to]) => to));
    expect(srt.match(/word\d+/g)).toEqual(words);
  });

  it.each<[string, string]>([
    [
      'Chinese',
      '今天的会议我们要讨论三个问题，第一个是关于新产品的发布时间，第二个是关于市场推广的预算。'.repeat(4),
    ],
    [
      'Japanese',
      '本日の講義では、機械学習の基本的な考え方と、その応用について説明します。質問はありますか。'.repeat(4),
    ],
    ['Thai', 'วันนี้เราจะเรียนเรื่องการประมวลผลภาษาธรรมชาติและการรู้จำเสียงพูดด้วยคอมพิวเตอร์'.repeat(4)],
    ['Korean', '오늘 강의에서는 기계 학습의 기본 개념과 그 응용에 대해 설명하겠습니다. '.repeat(4)],
    ['an address without blanks', `https://example.org/${'abcdefghij'.repeat(20)}`],
    ['emoji', '👨‍👩‍👧'.repeat(60)],
  ])('keeps the lines of %s within 42 columns and loses nothing', (_script, text) => {
    const cues = toSrt([final(text, 0, 20_000)])
      .trim()
      .split('\n\n');

    expect(cues.length).toBeGreaterThan(1);
    for (const cue of cues) {
      const [, , ...lines] = cue.split('\n');
      expect(lines.length).toBeLessThanOrEqual(2);
      for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(42);
    }
    const shown = cues.flatMap((cue) => cue.split('\n').slice(2)).join('');
    expect(shown.replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
  });

  it('breaks Chinese between words, and begins no line with a mark', () => {
    const text = '今天的会议我们要讨论三个问题，第一个是关于新产品的发布时间，第二个是关于市场推广的预算。';
    const lines = toSrt([final(text, 0, 9_000)])
      .split('\n')
      .filter((line) => /\p{Script=Han}/u.test(line));

    expect(lines.length).toBeGreaterThan(1);
    const words = new Intl.Segmenter('zh', { granularity: 'word' }).segment(text);
    let end = 0;
    for (const line of lines) {
      expect(line).not.toMatch(/^[，。]/);
      expect(words.containing(end)!.index).toBe(end);
      end += line.length;
    }
  });

  it('does not tear what a reader takes for one character', () => {
    const srt = toSrt([final('👨‍👩‍👧'.repeat(60), 0, 5_000)]);
    const families = srt.split('\n').filter((line) => line.startsWith('👨'));

    for (const line of families) expect(line.replaceAll('👨‍👩‍👧', '')).toBe('');
  });

  it('is empty for a session without words', () => {
    expect(toSrt([])).toBe('');
  });
});

describe(toVtt.name, () => {
  it('has its header, also without cues', () => {
    expect(toVtt([])).toBe('WEBVTT\n');
  });

  it('escapes what would be markup, or end a cue', () => {
    expect(toVtt([final('a < b && c --> d', 0, 1_000)])).toBe(
      'WEBVTT\n\n00:00:00.000 --> 00:00:01.000\na &lt; b &amp;&amp; c --&gt; d\n',
    );
  });
});
