import { describe, expect, it } from '@jest/globals';
import type { FinalTranscript } from './events.js';
import { toSrt, toVtt } from './subtitles.js';

function final(text: string, startMs: number, endMs: number): FinalTranscript {
  return { eventId: 1, utterance: 'u1', text, start: startMs * 16, end: endMs * 16, language: 'en' };
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
    for (const [index, [from]] of times.entries()) if (index > 0) expect(from).toBe(times[index - 1]![1]);
    expect(srt.match(/word\d+/g)).toEqual(words);
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
