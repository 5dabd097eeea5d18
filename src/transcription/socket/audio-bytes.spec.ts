import { describe, expect, it } from '@jest/globals';
import { InvalidInputError } from '../../common/errors/caller-errors.js';
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
    ['a data URL of several codecs', `data:video/webm;codecs=vp8,opus;base64,${BASE64}`],
    ['a Buffer as JSON has it', Buffer.from(BYTES).toJSON()],
    ['a typed array as JSON has it', JSON.parse(JSON.stringify(Uint8Array.from(BYTES)))],
  ])('reads %s', (_kind, message) => {
    expect([...audioBytes(message)]).toEqual(BYTES);
  });

  it.each(['', 'data:', 'data:audio/webm;base64,'])('takes %j for nothing', (message) => {
    expect(audioBytes(message)).toHaveLength(0);
  });

  it.each<[string, unknown]>([
    ['an object', { audio: 1 }],
    ['a number', 7],
    ['an array of numbers', BYTES],
    ['an object of numbers that are no bytes', { 0: 1, 1: 256 }],
    ['a Buffer of JSON with something else in it', { type: 'Buffer', data: [1, 'x'] }],
    ['nothing', undefined],
    ['text that is not base64', 'hello there!'],
    ['a data URL of another kind', 'data:text/plain,hello'],
  ])('refuses %s', (_kind, message) => {
    expect(() => audioBytes(message)).toThrow(InvalidInputError);
  });
});
