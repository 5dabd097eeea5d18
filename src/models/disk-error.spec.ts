import { describe, expect, it } from '@jest/globals';
import { asModelError } from './disk-error.js';

const errorOf = (code: string): Error => Object.assign(new Error('no'), { code });

describe(asModelError.name, () => {
  it.each([
    ['ENOSPC', 'disk_full'],
    ['EDQUOT', 'disk_full'],
    ['EROFS', 'not_writable'],
    ['EACCES', 'not_writable'],
  ])('says of %s: %s, in one line', (code, expected) => {
    const error = asModelError(errorOf(code), '/models');
    expect(error).toMatchObject({ code: expected, message: expect.stringMatching(/^[^\n]+$/) as unknown });
  });

  it('leaves what has nothing to do with the disk', () => {
    const error = errorOf('ECONNRESET');
    expect(asModelError(error, '/models')).toBe(error);
  });
});
