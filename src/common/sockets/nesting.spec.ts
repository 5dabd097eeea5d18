import { describe, expect, it } from '@jest/globals';
import { isTextNestedDeeper } from './nesting.js';

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

describe(isTextNestedDeeper.name, () => {
  it.each([
    [nested(3), false],
    [nested(4), true],
    ['{"a":{"b":{"c":1}}}', false],
    ['{"a":{"b":{"c":[1]}}}', true],
    [`[${nested(2)},${nested(2)},${nested(2)}]`, false],
    [JSON.stringify(['[[[[[[', '{"\\', '\\"[[[[', '']), false],
    ['["[[[[[[', false],
    ['', false],
  ])('of %j deeper than three is %p', (text, isDeeper) => {
    expect(isTextNestedDeeper(text, 3)).toBe(isDeeper);
  });
});
