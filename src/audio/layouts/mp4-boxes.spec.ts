import { describe, expect, it } from '@jest/globals';
import { recording } from '../../../test/support/audio/fixtures.js';
import { evenCuts } from '../../../test/support/audio/random-cuts.js';
import { DecodeFailedError } from '../../common/errors/session-errors.js';
import { findBox, Mp4BoxWalker } from './mp4-boxes.js';

const bytes = recording('ko-hello.fragmented.mp4');
const FRAGMENTS = [
  'moof',
  'mdat',
  'moof',
  'mdat',
  'moof',
  'mdat',
  'moof',
  'mdat',
  'moof',
  'mdat',
  'moof',
  'mdat',
];

describe(Mp4BoxWalker.name, () => {
  it.each([1, 7, 1_000, 100_000])('finds the boxes in chunks of %d bytes', (size) => {
    const sut = new Mp4BoxWalker();
    const begun: string[] = [];
    const ended: string[] = [];
    const walked: Buffer[] = [];

    for (const chunk of evenCuts(bytes, size))
      for (const part of sut.write(Buffer.from(chunk))) {
        if (part.isStart) begun.push(part.type);
        if (part.isEnd) ended.push(part.type);
        walked.push(part.bytes);
      }

    expect(begun).toEqual(['ftyp', 'moov', ...FRAGMENTS, 'mfra']);
    expect(ended).toEqual(begun);
    expect(Buffer.concat(walked).equals(bytes)).toBe(true);
  });

  it('reads sizes of eight bytes', () => {
    const box = Buffer.from('000000016d6461740000000000000013aabbcc', 'hex');

    const parts = [...new Mp4BoxWalker().write(box)];

    expect(parts.at(-1)).toMatchObject({ type: 'mdat', isEnd: true });
  });

  it('takes a size of zero as "until the end"', () => {
    const parts = [...new Mp4BoxWalker().write(Buffer.from('000000006d646174aabbcc', 'hex'))];

    expect(parts.at(-1)).toMatchObject({ type: 'mdat', isEnd: false });
  });

  it.each(['000000036d646174', '000000016d6461740000000000000004'])('calls the size of %s damaged', (hex) => {
    expect(() => [...new Mp4BoxWalker().write(Buffer.from(hex, 'hex'))]).toThrow(DecodeFailedError);
  });
});

describe(findBox.name, () => {
  it('finds a box by its path', () => {
    expect(findBox(bytes.subarray(28), ['moov', 'trak', 'mdia', 'mdhd'])?.readUInt32BE(12)).toBe(48_000);
  });

  it('finds nothing where there is nothing', () => {
    expect(findBox(bytes.subarray(28), ['moov', 'none'])).toBeUndefined();
  });
});
