import { describe, expect, it } from '@jest/globals';
import type { RecogniserNeed } from '../engine.js';
import { RecentNeeds } from './recent-needs.js';

const need = (language: string): RecogniserNeed => ({ language, task: 'transcribe', words: false });

describe(RecentNeeds.name, () => {
  function languages(sut: RecentNeeds): string {
    return sut.newestFirst.map(({ language }) => language).join(' ');
  }

  it('keeps as many as a host keeps loaded, those used last', () => {
    const sut = new RecentNeeds(3);
    for (const language of ['en', 'ko', 'de', 'en', 'fr']) sut.used(need(language));
    expect(languages(sut)).toBe('fr en de');
  });

  it('puts one that did not load behind the others', () => {
    const sut = new RecentNeeds(3);
    for (const language of ['en', 'ko', 'de']) sut.used(need(language));
    sut.postpone();
    expect(languages(sut)).toBe('ko en de');
  });
});
