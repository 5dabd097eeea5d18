import { describe, expect, it } from '@jest/globals';
import { shapeFault } from './json-shape.js';

function nested(depth: number): unknown {
  return JSON.parse('['.repeat(depth) + ']'.repeat(depth));
}

describe(shapeFault.name, () => {
  it.each<[string, unknown, number, string | undefined]>([
    ['a text', 'text', 0, undefined],
    ['nothing', null, 0, undefined],
    ['an empty object', {}, 1, undefined],
    ['an empty object where none may be', {}, 0, 'deep'],
    ['as many levels as allowed', nested(3), 3, undefined],
    ['one level more', nested(4), 3, 'deep'],
    ['objects in arrays', [{ a: [{ b: 1 }] }], 3, 'deep'],
    ['a deep branch behind shallow ones', { a: 1, b: [], c: { d: [[]] } }, 3, 'deep'],
    ['half a million levels', nested(500_000), 64, 'deep'],
  ])('judges the depth of %s', (_what, value, maxDepth, fault) => {
    expect(shapeFault(value, { maxDepth, maxValues: 1_000_000 })).toBe(fault);
  });

  it.each<[string, unknown, string | undefined]>([
    ['ten items', Array.from({ length: 10 }, () => 1), undefined],
    ['eleven items', Array.from({ length: 11 }, () => 1), 'many'],
    ['eleven fields', Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`k${index}`, 1])), 'many'],
    [
      'five items in each of two lists',
      [
        [1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5],
      ],
      'many',
    ],
    [
      'four items in each of two lists',
      [
        [1, 2, 3, 4],
        [1, 2, 3, 4],
      ],
      undefined,
    ],
  ])('counts %s', (_what, value, fault) => {
    expect(shapeFault(value, { maxDepth: 8, maxValues: 10 })).toBe(fault);
  });

  it('looks no further than it has to', () => {
    let looked = 0;
    const list = Array.from({ length: 100 }, () => ({
      get field() {
        looked += 1;
        return 1;
      },
    }));

    expect(shapeFault(list, { maxDepth: 8, maxValues: 110 })).toBe('many');
    expect(looked).toBe(11);
  });
});
