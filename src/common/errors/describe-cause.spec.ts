import { describe, expect, it } from '@jest/globals';
import { describeCause } from './describe-cause.js';

describe(describeCause.name, () => {
  it('names what lies underneath by names and codes, never by messages', () => {
    const socket = Object.assign(new Error('secret'), { code: 'ECONNRESET' });
    const cause = new TypeError('secret', { cause: socket });

    expect(describeCause(cause)).toBe('TypeError, by Error ECONNRESET');
  });

  it('says how a process ended', () => {
    expect(describeCause(Object.assign(new Error('secret'), { name: 'EspeakEnded', code: 3 }))).toBe(
      'EspeakEnded 3',
    );
  });

  it.each([
    ['insufficient_quota', 'Error insufficient_quota'],
    ['Bearer sk-1', 'Error 401'],
    ['swordfish', 'Error 401'],
  ])('takes of the codes of a provider only terms: %s', (code, described) => {
    expect(describeCause(Object.assign(new Error('secret'), { code, status: 401 }))).toBe(described);
  });

  it('has a word for what is no error', () => {
    expect(describeCause('secret')).toBe('string');
  });
});
