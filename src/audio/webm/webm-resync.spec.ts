import { describe, expect, it } from '@jest/globals';
import { decodeAll } from '../../../test/support/audio/decode-all.js';
import { recording, sampleWav } from '../../../test/support/audio/fixtures.js';
import { findContinuation, OPUS_WEBM_HEADER } from './webm-resync.js';

const CHROMIUM = 'three-sentences.chromium.webm';
/** A pair of packets of 60 ms fits into it, wherever it is cut. */
const STRETCH_BYTES = 2_000;

describe(findContinuation.name, () => {
  it.each([CHROMIUM, 'ko-hello.live.webm', 'conversation-30s.live.webm'])(
    'finds where %s goes on, wherever its beginning was lost',
    async (name) => {
      const whole = recording(name);
      for (let from = 400; from + STRETCH_BYTES < whole.length; from += 997) {
        const at = findContinuation(whole.subarray(from, from + STRETCH_BYTES));
        expect(at).toEqual(expect.any(Number));
        expect(at).toBeLessThan(STRETCH_BYTES / 2);
      }
    },
  );

  it('gives, with the header for it, the samples of the rest of the recording', async () => {
    const whole = recording(CHROMIUM);
    const rest = whole.subarray(Math.floor(whole.length / 2));
    const at = findContinuation(rest) as number;

    const samples = await decodeAll([OPUS_WEBM_HEADER, rest.subarray(at)]);

    const reference = await decodeAll([whole]);
    expect(samples.length).toBeGreaterThan(reference.length * 0.4);
    expect(samples.length).toBeLessThan(reference.length * 0.6);
    // Behind the time that a decoder needs to settle it is the very same sound.
    const tail = samples.subarray(-16_000);
    const expected = reference.subarray(-16_000);
    const difference = tail.reduce((sum, sample, index) => sum + Math.abs(sample - expected[index]!), 0);
    const loudness = expected.reduce((sum, sample) => sum + Math.abs(sample), 0);
    expect(difference / loudness).toBeLessThan(0.01);
  });

  it.each<[string, Buffer]>([
    ['Ogg', recording('conversation-30s.ogg')],
    ['MP4', recording('ko-hello.fragmented.mp4')],
    ['MP3', recording('ko-hello.mp3')],
    ['FLAC', recording('ko-hello.flac')],
    ['PCM', sampleWav('digits')],
    ['zeros', Buffer.alloc(100_000)],
    ['blocks of another track', Buffer.from('a3868200008000a3868200148000', 'hex')],
  ])('finds no WebM in %s', (_name, bytes) => {
    expect(findContinuation(bytes)).not.toEqual(expect.any(Number));
  });

  it('asks for more while there may be a second block', () => {
    const whole = recording(CHROMIUM);
    const from = findContinuation(whole) as number;

    expect(findContinuation(whole.subarray(from, from + 20))).toBe('more');
  });
});
