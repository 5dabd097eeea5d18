import { describe, expect, it } from '@jest/globals';
import { OPUS_WEBM_HEADER } from '../../audio/webm/webm-resync.js';
import { UnsupportedAudioError } from '../../common/errors/session-errors.js';
import { recording, sampleWav } from '../../../test/support/audio/fixtures.js';
import { seededRandom } from '../../../test/support/random.js';
import { RecordingStart } from './recording-start.js';

const WEBM = recording('three-sentences.chromium.webm');

function chunks(bytes: Buffer, from: number, size: number): Buffer[] {
  const count = Math.ceil((bytes.length - from) / size);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(from + index * size, from + (index + 1) * size),
  );
}

/** Feeds chunk by chunk until a session begins. */
function feed(
  sut: RecordingStart,
  parts: readonly Uint8Array[],
): { start: Buffer[] | undefined; refusals: number } {
  let refusals = 0;
  for (const part of parts) {
    try {
      const start = sut.write(part);
      if (start.length > 0) return { start: start.map((each) => Buffer.from(each)), refusals };
    } catch (error) {
      if (!(error instanceof UnsupportedAudioError)) throw error;
      refusals += 1;
    }
  }
  return { start: undefined, refusals };
}

/** Noise that compressed audio looks like, the same in each run. */
function noise(bytes: number): Buffer {
  const random = seededRandom(20_261_126);
  return Buffer.from(Array.from({ length: bytes }, () => Math.floor(random() * 256)));
}

describe(RecordingStart.name, () => {
  it.each<[string, Buffer]>([
    ['WebM', WEBM],
    ['Ogg', recording('ko-hello.ogg')],
    ['WAV', sampleWav('digits')],
    ['MP4', recording('ko-hello.fragmented.mp4')],
    ['MP3', recording('ko-hello.mp3')],
    ['AAC', recording('ko-hello.aac')],
    ['FLAC', recording('ko-hello.flac')],
  ])('begins with the header of %s, however small the chunks are', (_name, bytes) => {
    for (const size of [1, 3, 100, 4_000]) {
      const { start, refusals } = feed(new RecordingStart(), chunks(bytes, 0, size));

      expect(refusals).toBe(0);
      expect(Buffer.concat(start!).subarray(0, 4)).toEqual(bytes.subarray(0, 4));
    }
  });

  it.each([300, 500, 4_000])(
    'goes on where a WebM goes on whose header it never saw, in chunks of %d bytes',
    (size) => {
      for (const from of [1_000, 5_001, 9_777]) {
        const { start, refusals } = feed(new RecordingStart(), chunks(WEBM, from, size));

        expect(refusals).toBe(0);
        expect(start![0]).toEqual(OPUS_WEBM_HEADER);
        expect(start![1]![0]).toBe(0xa3);
      }
    },
  );

  it.each<[string, Buffer]>([
    ['the middle of an Ogg', recording('conversation-30s.ogg').subarray(5_003)],
    ['the middle of an MP4', recording('ko-hello.fragmented.mp4').subarray(3_001)],
    ['noise', noise(60_000)],
    ['zeros', Buffer.alloc(60_000)],
  ])('refuses %s once, and is silent then', (_name, bytes) => {
    expect(feed(new RecordingStart(), chunks(bytes, 0, 500))).toEqual({ start: undefined, refusals: 1 });
  });

  it('begins with a header that comes after something else, from its first byte', () => {
    const parts = [...chunks(noise(3_000), 0, 500), WEBM.subarray(0, 3), WEBM.subarray(3, 2_000)];
    const { start, refusals } = feed(new RecordingStart(), parts);

    expect(refusals).toBe(1);
    expect(Buffer.concat(start!)).toEqual(WEBM.subarray(0, 2_000));
  });

  it('wants a header when what it took for audio was none', () => {
    const sut = new RecordingStart();
    feed(sut, chunks(WEBM, 5_000, 500));
    sut.ended(false);

    expect(feed(sut, chunks(WEBM, 5_000, 500))).toEqual({ start: undefined, refusals: 0 });
    expect(feed(sut, [WEBM.subarray(0, 500)]).start).toHaveLength(1);
  });

  it('goes on after a session that heard something', () => {
    const sut = new RecordingStart();
    feed(sut, [WEBM.subarray(0, 5_000)]);
    sut.ended(true);

    expect(feed(sut, chunks(WEBM, 5_000, 500)).start).toHaveLength(2);
  });
});
