import { describe, expect, it } from '@jest/globals';
import { readHello } from './hello.js';

const HELLO = { type: 'hello', v: 1, token: 't', sessionId: 's', epoch: 3, start: 160 };

describe(readHello.name, () => {
  it('reads a hello', () => {
    expect(readHello(JSON.stringify(HELLO))).toEqual({
      token: 't',
      sessionId: 's',
      epoch: 3,
      start: 160,
      options: {},
      priority: 'live',
      isBare: false,
    });
  });

  it('reads the id of the request, which an older gateway does not send', () => {
    expect(readHello(JSON.stringify({ ...HELLO, requestId: 'request-1' })).requestId).toBe('request-1');
    expect(readHello(JSON.stringify(HELLO)).requestId).toBeUndefined();
  });

  it('takes anything else for the bare token of the original hub', () => {
    expect(readHello(' secret\n')).toMatchObject({
      token: 'secret',
      isBare: true,
      epoch: 0,
      start: 0,
      options: {},
    });
  });

  it.each([
    ['another version', { v: 2 }, 'v'],
    ['a negative position', { start: -1 }, 'start'],
    ['an unknown priority', { priority: 'urgent' }, 'priority'],
    ['an unknown option', { options: { volume: 11 } }, 'options.volume'],
    ['a language that is none', { options: { language: 'English' } }, 'options.language'],
    ['a threshold that is none', { options: { vad: { threshold: 1 } } }, 'options.vad.threshold'],
  ])('refuses a hello with %s, and names the field', (_what, change, param) => {
    const frame = JSON.stringify({ ...HELLO, ...change });
    expect(() => readHello(frame)).toThrow(expect.objectContaining({ code: 'bad_request', param }));
  });

  it('refuses a hello of broken JSON', () => {
    expect(() => readHello('{"type":')).toThrow('The hello is not JSON.');
  });
});
