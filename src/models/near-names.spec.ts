import { describe, expect, it } from '@jest/globals';
import { nearNames } from './near-names.js';

const KNOWN = ['tiny', 'small', 'medium', 'large-v3', 'turbo', 'voice:de_DE-thorsten-medium'];

describe(nearNames.name, () => {
  it.each([
    ['smal', ['small']],
    ['Large-v2', ['large-v3']],
    ['thorsten', ['voice:de_DE-thorsten-medium']],
    ['parakeet', []],
  ])('takes %j for %j', (written, meant) => expect(nearNames(written, KNOWN)).toEqual(meant));

  it('puts the nearest first', () => expect(nearNames('medium', KNOWN)[0]).toBe('medium'));
});
