import { describe, expect, it } from '@jest/globals';
import { recording } from '../../../test/support/audio/fixtures.js';
import { type FrameParser, type MpegFrame, parseAdtsFrame, parseMp3Frame } from './mpeg-frame.js';

function frames(bytes: Buffer, parse: FrameParser): MpegFrame[] {
  const found: MpegFrame[] = [];
  for (let at = 0; at < bytes.length; at += found.at(-1)!.bytes) {
    const frame = parse(bytes.subarray(at));
    if (frame === undefined) throw new Error(`No frame at ${at}`);
    found.push(frame);
  }
  return found;
}

describe(parseAdtsFrame.name, () => {
  it('finds every frame of a recording', () => {
    const all = frames(recording('ko-hello.aac'), parseAdtsFrame);

    expect(all).toHaveLength(121);
    expect(all[0]).toMatchObject({ samples: 1_024, sampleRate: 44_100 });
  });

  it.each([
    ['no sync word', 'fef15040031ffc'],
    ['a reserved sampling frequency', 'fff17c40031ffc'],
    ['a size below its own header', 'fff15040003ffc'],
    ['a header cut off', 'fff150'],
  ])('takes %s for no frame', (_, hex) => {
    expect(parseAdtsFrame(Buffer.from(hex, 'hex'))).toBeUndefined();
  });
});

describe(parseMp3Frame.name, () => {
  it('finds every frame of a recording, and the delay that its Info tag tells', () => {
    const [tag, info, ...sound] = frames(recording('ko-hello.mp3'), parseMp3Frame);

    expect(tag).toMatchObject({ bytes: 20, samples: 0 });
    expect(info).toMatchObject({ samples: 0, delaySamples: 1_105 });
    expect(sound).toHaveLength(108);
    expect(new Set(sound.map(({ samples }) => samples))).toEqual(new Set([1_152]));
  });

  it.each([
    ['MPEG-1 at 128 kb/s', 'fffb9000', 417, 1_152, 44_100],
    ['the same with padding', 'fffb9200', 418, 1_152, 44_100],
    ['MPEG-2 at 64 kb/s', 'fff38000', 208, 576, 22_050],
    ['MPEG-2.5 at 16 kb/s', 'ffe32800', 144, 576, 8_000],
  ])('reads %s', (_, hex, bytes, samples, sampleRate) => {
    const header = Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(200)]);

    expect(parseMp3Frame(header)).toEqual({ bytes, samples, sampleRate, delaySamples: 0 });
  });

  it.each([
    ['no sync word', 'ff1b9000'],
    ['layer I', 'ffff9000'],
    ['a reserved version', 'ffeb9000'],
    ['a free bit rate', 'fffb0000'],
    ['a reserved sampling frequency', 'fffb9c00'],
  ])('takes %s for no frame', (_, hex) => {
    expect(parseMp3Frame(Buffer.from(hex, 'hex'))).toBeUndefined();
  });
});
