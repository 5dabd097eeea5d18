import { describe, expect, it } from '@jest/globals';
import { collect, decodeAll } from '../../../test/support/audio/decode-all.js';
import { describeWithFfmpeg, ffmpeg, ffmpegPcm } from '../../../test/support/audio/ffmpeg.js';
import { sampleWav } from '../../../test/support/audio/fixtures.js';
import { expectAlike } from '../../../test/support/audio/pcm-likeness.js';
import { randomCuts } from '../../../test/support/audio/random-cuts.js';
import { seededRandom, testSeed } from '../../../test/support/random.js';
import { UnsupportedAudioError } from '../../common/errors/session-errors.js';
import { createAudioDecoder } from '../create-audio-decoder.js';
import { FallbackSegment } from './fallback-segment.js';

/** A block of Vorbis or ADPCM. */
const FRAME_SAMPLES = 1_024;
const random = seededRandom(testSeed());

describeWithFfmpeg(FallbackSegment.name, () => {
  describe.each([
    ['FLAC in Ogg', '-c:a flac -f ogg'],
    ['Vorbis in WebM', '-c:a vorbis -strict -2 -ac 2 -f webm'],
    ['PCM in Matroska', '-c:a pcm_f32le -f matroska'],
    ['Opus with six channels', '-c:a libopus -ac 6 -mapping_family 1 -f webm'],
    ['telephone WAV (mu-law)', '-c:a pcm_mulaw -ar 8000 -f wav'],
    ['telephone WAV (A-law)', '-c:a pcm_alaw -ar 8000 -f wav'],
    ['ADPCM in WAV', '-c:a adpcm_ima_wav -f wav'],
  ])('given %s', (_, args) => {
    const bytes = ffmpeg(sampleWav('three-sentences'), args.split(' '));

    it('makes what ffmpeg makes of it', async () => {
      const samples = await decodeAll(randomCuts(bytes, random));
      const reference = ffmpegPcm(bytes);

      expectAlike(samples, reference, FRAME_SAMPLES);
    });

    it('is unsupported without ffmpeg', async () => {
      const sut = createAudioDecoder({ codec: 'auto' });

      await expect(collect(sut, [bytes])).rejects.toThrow(UnsupportedAudioError);
    });
  });
});
