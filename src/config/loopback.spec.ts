import { describe, expect, it } from '@jest/globals';
import { hostNameOf, isLoopback } from './loopback.js';

describe(isLoopback.name, () => {
  it.each([
    'localhost',
    'LocalHost',
    '127.0.0.1',
    '127.8.8.8',
    '::1',
    '[::1]',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
    '[::ffff:7f00:1]',
  ])('knows %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each([
    '',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'localhost.',
    '0.0.0.0',
    '::',
    '[::]',
    '10.0.0.1',
    '::ffff:10.0.0.1',
    '127.1',
    '127.999.999.999',
    '2130706433',
    '0x7f.1',
    '[localhost]x',
  ])('is not fooled by %p', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

describe(hostNameOf.name, () => {
  it.each([
    ['voice.example', 'voice.example'],
    ['voice.example:8443', 'voice.example'],
    ['[::1]:3000', '[::1]'],
    ['127.0.0.1:', '127.0.0.1'],
  ])('reads %s', (host, name) => {
    expect(hostNameOf(host)).toBe(name);
  });
});
