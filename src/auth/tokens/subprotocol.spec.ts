import { describe, expect, it } from '@jest/globals';
import { readSubprotocols } from './subprotocol.js';

describe(readSubprotocols.name, () => {
  it.each([
    ['realtime, openai-insecure-api-key.abc', 'abc', ['realtime']],
    ['parley-token.a.b-c_d', 'a.b-c_d', []],
    ['realtime,openai-beta.realtime-v1', undefined, ['realtime', 'openai-beta.realtime-v1']],
    ['parley-token.a, openai-insecure-api-key.b', undefined, []],
    ['', undefined, []],
    [undefined, undefined, []],
  ])('reads %j', (header, credential, answerable) => {
    expect(readSubprotocols(header)).toEqual({ credential, answerable });
  });
});
