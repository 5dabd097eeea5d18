import { describe, expect, it } from '@jest/globals';
import { InvalidInputError } from '../common/errors/caller-errors.js';
import { audioBytes } from './audio-bytes.js';

const BYTES = [0, 1, 250, 251, 252, 253, 254, 255];
const BASE64 = Buffer.from(BYTES).toString('base64');

describe(audioBytes.name, () => {
  it.each<[string, unknown]>([
    ['a Buffer', Buffer.from(BYTES)],
    ['an ArrayBuffer', Uint8Array.from(BYTES).buffer],
    ['a view of a larger buffer', new DataView(Uint8Array.from([9, ...BYTES, 9]).buffer, 1, BYTES.length)],
    ['base64 text', BASE64],
    ['base64 text with line breaks', `${BASE64.slice(0, 4)}\r\n${BASE64.slice(4)}`],
    ['a data URL', `data:audio/webm;codecs=opus;base64,${BASE64}`],
  ])('reads %s', (_kind, message) => {
    expect([...audioBytes(message)]).toEqual(BYTES);
  });

  it.each<[string, unknown]>([
    ['an object', { audio: 1 }],
    ['a number', 7],
    ['nothing', undefined],
    ['text that is not base64', 'hello there!'],
    ['a data URL of another kind', 'data:text/plain,hello'],
  ])('refuses %s', (_kind, message) => {
    expect(() => audioBytes(message)).toThrow(InvalidInputError);
  });
});
