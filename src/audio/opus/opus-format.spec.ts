import { describe, expect, it } from '@jest/globals';
import { opusPacketSamples } from './opus-format.js';

/** First byte: configuration, mono, frame count code. RFC 6716, section 3.1. */
function toc(config: number, code: number): number {
  return (config << 3) | code;
}

const SILK_60 = 3;
const CELT_20 = 31;

describe(opusPacketSamples.name, () => {
  it.each([
    ['one SILK frame of 60 ms', [toc(SILK_60, 0), 1, 2], 2_880],
    ['one hybrid frame of 10 ms', [toc(12, 0), 1], 480],
    ['one CELT frame of 2.5 ms', [toc(28, 0), 1], 120],
    ['a frame left out by the encoder in silence', [toc(CELT_20, 0)], 960],
    ['two frames of one size', [toc(CELT_20, 1), 1, 2], 1_920],
    ['two frames of two sizes', [toc(CELT_20, 2), 1, 9, 8, 8], 1_920],
    ['three frames of one size', [toc(CELT_20, 3), 3, 1, 2, 3], 2_880],
    ['three frames of their own sizes', [toc(CELT_20, 3), 0x83, 1, 1, 7, 7, 7], 2_880],
    ['a frame and padding', [toc(CELT_20, 3), 0x41, 2, 7, 0, 0], 960],
  ])('counts %s', (_, bytes, samples) => {
    expect(opusPacketSamples(Uint8Array.from(bytes))).toBe(samples);
  });

  it.each([
    ['nothing', []],
    ['two frames of one size in an odd number of bytes', [toc(CELT_20, 1), 1, 2, 3]],
    ['a second frame that is not there', [toc(CELT_20, 2), 200, 1]],
    ['a size cut off', [toc(CELT_20, 2), 255]],
    ['a count cut off', [toc(CELT_20, 3)]],
    ['no frame at all', [toc(CELT_20, 3), 0]],
    ['more than 120 ms', [toc(SILK_60, 3), 3, 1, 2, 3]],
    ['frames that do not divide', [toc(CELT_20, 3), 2, 1, 2, 3]],
    ['more padding than bytes', [toc(CELT_20, 3), 0x41, 9, 1]],
    ['padding without an end', [toc(CELT_20, 3), 0x41, 255, 255]],
    ['sizes cut off', [toc(CELT_20, 3), 0x83, 1]],
    ['a frame beyond 1275 bytes', [toc(CELT_20, 0), ...Array.from({ length: 1_300 }, () => 1)]],
  ])('takes %s for no packet', (_, bytes) => {
    expect(opusPacketSamples(Uint8Array.from(bytes))).toBe(0);
  });
});
