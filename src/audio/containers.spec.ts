import { describe, expect, it } from '@jest/globals';
import { collect, decodeAll } from '../../test/support/audio/decode-all.js';
import { describeWithFfmpeg, ffmpeg, ffmpegFilePcm, ffmpegPath } from '../../test/support/audio/ffmpeg.js';
import { fingerprint } from '../../test/support/audio/fingerprint.js';
import { recording, recordingPath, sampleWav } from '../../test/support/audio/fixtures.js';
import { BY_FFMPEG, EDGE_SAMPLES, KINDS, lostBehind } from '../../test/support/audio/kinds-of-recordings.js';
import { expectAlike } from '../../test/support/audio/pcm-likeness.js';
import { evenCuts, randomCuts } from '../../test/support/audio/random-cuts.js';
import { seededRandom, testSeed } from '../../test/support/random.js';
import { UnsupportedAudioError } from '../common/errors/session-errors.js';
import { createAudioDecoder } from './create-audio-decoder.js';

const random = seededRandom(testSeed());
describeWithFfmpeg('a container that only ffmpeg knows', () => {
  describe.each(BY_FFMPEG)('given %s', (_, name) => {
    const bytes = recording(name);

    it('gives what ffmpeg makes of the file', async () => {
      const [samples, reference] = [await decodeAll([bytes]), ffmpegFilePcm(recordingPath(name))];

      expectAlike(samples, reference, EDGE_SAMPLES);
    });

    it('gives the same however the bytes were cut', async () => {
      const whole = fingerprint(await decodeAll([bytes]));

      expect(fingerprint(await decodeAll(randomCuts(bytes, random)))).toBe(whole);
      expect(fingerprint(await decodeAll(evenCuts(bytes, 7)))).toBe(whole);
    });

    it('is unsupported where there is no ffmpeg', async () => {
      await expect(collect(createAudioDecoder({ codec: 'auto' }), [bytes])).rejects.toThrow(
        UnsupportedAudioError,
      );
    });

    it('is durable at no byte too early', async () => {
      const sut = createAudioDecoder({ codec: 'auto' }, { ffmpegPath });
      const samples = await collect(sut, [bytes]);

      const durable = sut.durableFrom(Math.floor(bytes.length / 2));

      expect(durable ?? Infinity).toBeGreaterThan(samples.length / 3);
    });
  });

  it('plays RF64 to the end of its audio, whose size does not fit the usual place', async () => {
    const tag = Buffer.concat([Buffer.from('LIST\x10\0\0\0', 'latin1'), Buffer.alloc(16, 0x55)]);
    const bytes = ffmpeg(sampleWav('hello-world'), '-rf64 always -f wav'.split(' '));
    const audioBytes = bytes.length - bytes.indexOf('data') - 8;
    // ffmpeg cannot go back in a pipe to write it.
    bytes.writeBigUInt64LE(BigInt(audioBytes), 28);

    expect(await decodeAll([Buffer.concat([bytes, tag])])).toHaveLength(audioBytes / 2);
  });

  it('passes over what comes behind the end of the audio', async () => {
    const bytes = recording('time.aifc');
    const tag = Buffer.concat([Buffer.from('NAME\0\0\x20\0', 'latin1'), Buffer.alloc(8_192, 0x20)]);

    const samples = await decodeAll(evenCuts(Buffer.concat([bytes, tag, tag, tag]), 1_000));

    expect(samples).toHaveLength((await decodeAll([bytes])).length);
  });
});

describeWithFfmpeg('a second recording of a session', () => {
  // Each behind a third of them, its own kind among these; every pair is tried in test/soak.
  it.each(KINDS.map(([name, first], place) => ({ name, first, place })))(
    'is heard behind $name, whatever it is',
    async ({ first, place }) => {
      const seconds = KINDS.filter((_, at) => (at - place) % 3 === 0);
      expect(await lostBehind(first, seconds)).toEqual([]);
    },
    120_000,
  );

  it.each(KINDS)(
    'begins at the same byte however %s and it were cut',
    async (_, first) => {
      const session = Buffer.concat([first, recording('time.ac3'), recording('ko-hello.aac')]);

      const whole = fingerprint(await decodeAll([session]));

      expect(fingerprint(await decodeAll(randomCuts(session, random)))).toBe(whole);
    },
    60_000,
  );

  it.each([
    ['MP3 in WAV', '-c:a libmp3lame -f wav'],
    ['MP3 in MP4', '-c:a libmp3lame -movflags empty_moov -f mp4'],
    ['MP3 in Matroska', '-c:a libmp3lame -f matroska'],
    ['MP3 in MPEG-TS', '-c:a libmp3lame -f mpegts'],
    ['AC-3 in MP4', '-ar 48000 -c:a ac3 -movflags empty_moov+delay_moov -f mp4'],
    ['AC-3 in MPEG-TS', '-ar 48000 -c:a ac3 -f mpegts'],
    ['ADTS in MPEG-TS', '-c:a aac -f mpegts'],
    ['FLAC in Matroska', '-c:a flac -f matroska'],
    ['FLAC in Ogg', '-c:a flac -f ogg'],
  ])('is not what the first one is made of: %s', async (_, args) => {
    const bytes = ffmpeg(sampleWav('hello-world'), args.split(' '));

    const [samples, next] = [await decodeAll([bytes]), recording('ko-hello.ogg')];

    expect(Math.abs(samples.length - sampleWav('hello-world').length / 2)).toBeLessThan(2 * EDGE_SAMPLES);
    const both = await decodeAll([bytes, next]);
    expect(both.length - samples.length).toBe((await decodeAll([next])).length);
  });
});
