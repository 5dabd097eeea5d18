import { describe, expect, it } from '@jest/globals';
import { ebmlTable, xiphTable } from '../../../test/support/audio/webm-writer.js';
import { parseWebmBlock } from './webm-block.js';

const frames = [3, 300, 255, 0, 510, 12].map((size, index) => Buffer.alloc(size, index + 1));

function block(flags: number, ...parts: Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(0x81, 0, 0, flags), ...parts]);
}

describe(parseWebmBlock.name, () => {
  it('takes a block without lacing as one frame', () => {
    expect(parseWebmBlock(block(0x80, frames[0]!))).toEqual({ track: 1, frames: [frames[0]] });
  });

  it('reads track numbers of two bytes', () => {
    expect(parseWebmBlock(Buffer.from('4100000080aa', 'hex'))?.track).toBe(256);
  });

  it.each([
    ['Xiph', block(0x02, xiphTable(frames), ...frames)],
    ['EBML', block(0x06, ebmlTable(frames), ...frames)],
  ])('unlaces %s lacing', (_, bytes) => {
    expect(parseWebmBlock(bytes)?.frames).toEqual(frames);
  });

  it('unlaces fixed-size lacing', () => {
    const bytes = block(0x04, Buffer.of(2), Buffer.from('aabbcc'));

    expect(parseWebmBlock(bytes)?.frames.map(String)).toEqual(['aa', 'bb', 'cc']);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a header cut off', Buffer.from('810000', 'hex')],
    ['a lace without its count', block(0x02)],
    ['a Xiph table cut off', block(0x02, Buffer.of(3, 255, 255))],
    ['an EBML table cut off', block(0x06, Buffer.of(3, 0x40))],
    ['a negative size', block(0x06, Buffer.of(2, 0x81, 0x81), Buffer.alloc(9))],
    ['frames larger than the block', block(0x02, Buffer.of(1, 200), Buffer.alloc(9))],
    ['fixed sizes that do not divide', block(0x04, Buffer.of(1), Buffer.alloc(3))],
  ])('calls %s damaged', (_, bytes) => {
    expect(parseWebmBlock(bytes)).toBeUndefined();
  });
});
