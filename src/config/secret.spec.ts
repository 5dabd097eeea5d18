import { format, inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Secret } from './secret.js';

describe(Secret.name, () => {
  const sut = new Secret('swordfish');

  it.each([
    ['string conversion', () => String(sut)],
    ['JSON', () => JSON.stringify({ sut })],
    ['inspection', () => inspect({ sut }, { showHidden: true, depth: 9 })],
    ['console formatting', () => format('%s %o %j', sut, sut, sut)],
  ])('does not show itself by %s', (_way, print) => {
    expect(print()).not.toContain('swordfish');
  });

  it('reveals itself when asked', () => {
    expect(sut.reveal()).toBe('swordfish');
  });
});
