import { describe, expect, it } from '@jest/globals';
import { isNestedDeeper } from './nesting.js';

function nested(depth: number): unknown {
  return JSON.parse('['.repeat(depth) + ']'.repeat(depth));
}

describe(isNestedDeeper.name, () => {
  it.each([
    ['a text', 'text', 0, false],
    ['nothing', null, 0, false],
    ['an empty object', {}, 0, true],
    ['an empty object', {}, 1, false],
    ['as many levels as allowed', nested(3), 3, false],
    ['one level more', nested(4), 3, true],
    ['objects in arrays', [{ a: [{ b: 1 }] }], 3, true],
    ['a deep branch behind shallow ones', { a: 1, b: [], c: { d: [[]] } }, 3, true],
    ['half a million levels', nested(500_000), 64, true],
    ['a quarter of a million neighbours', Array.from({ length: 250_000 }, () => []), 2, false],
  ])('judges %s (%#)', (_what, value, maxDepth, expected) => {
    expect(isNestedDeeper(value, maxDepth)).toBe(expected);
  });
});
