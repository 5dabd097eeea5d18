import { describe, expect, it } from '@jest/globals';
import type { RecogniserKey } from '../engine.js';
import { RecentKeys } from './recent-keys.js';

const key = (language: string): RecogniserKey => ({ language, task: 'transcribe', words: false });

describe(RecentKeys.name, () => {
  function languages(sut: RecentKeys): string {
    return sut.newestFirst.map(({ language }) => language).join(' ');
  }

  it('keeps as many as a host keeps loaded, those used last', () => {
    const sut = new RecentKeys(3);
    for (const language of ['en', 'ko', 'de', 'en', 'fr']) sut.used(key(language));
    expect(languages(sut)).toBe('fr en de');
  });

  it('puts one that did not load behind the others', () => {
    const sut = new RecentKeys(3);
    for (const language of ['en', 'ko', 'de']) sut.used(key(language));
    sut.postpone();
    expect(languages(sut)).toBe('ko en de');
  });
});
