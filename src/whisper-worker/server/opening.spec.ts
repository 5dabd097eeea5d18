import { describe, expect, it } from '@jest/globals';
import { readOpening } from './opening.js';

const HELLO = { type: 'hello', v: 1, token: 't', sessionId: 's', epoch: 3, start: 160 };

describe(readOpening.name, () => {
  it('reads a hello', () => {
    expect(readOpening(JSON.stringify(HELLO))).toEqual({
      token: 't',
      sessionId: 's',
      epoch: 3,
      start: 160,
      options: {},
      isBare: false,
    });
  });

  it('takes anything else for the bare token of the original hub', () => {
    expect(readOpening(' secret\n')).toMatchObject({
      token: 'secret',
      isBare: true,
      epoch: 0,
      start: 0,
      options: {},
    });
  });

  it.each([
    ['broken JSON', '{"type":'],
    ['another version', JSON.stringify({ ...HELLO, v: 2 })],
    ['a negative position', JSON.stringify({ ...HELLO, start: -1 })],
    ['an unknown option', JSON.stringify({ ...HELLO, options: { volume: 11 } })],
    ['a language that is none', JSON.stringify({ ...HELLO, options: { language: 'English' } })],
  ])('refuses a hello with %s', (_what, frame) => {
    expect(readOpening(frame)).toBeUndefined();
  });
});
