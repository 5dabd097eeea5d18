import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../config/secret.js';
import { SharedToken } from './shared-token.js';

describe(SharedToken.name, () => {
  it('accepts the token and nothing else', () => {
    const sut = new SharedToken(new Secret('open sesame'));
    expect(['open sesame', 'open sesam', 'open sesame ', ''].map((token) => sut.accepts(token))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('accepts every token when none is configured', () => {
    expect(new SharedToken(undefined).accepts('whatever')).toBe(true);
  });
});
