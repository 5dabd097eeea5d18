import { noise } from '../../test/support/noise-corpus.js';
import type { Random } from '../../test/support/random.js';
import type { Clip } from './clips.js';
import { SAMPLE_RATE } from './run-ffmpeg.js';

/** Speakers behind the speaker. */
const BABBLE_VOICES = 4;
const BABBLE_LEVEL = 4_000;
const FRAME_SAMPLES = SAMPLE_RATE / 50;

type Background = (clip: Clip, clips: readonly Clip[], random: Random) => Int16Array;

/** What is put under a clip, as long as the clip. */
export const BACKGROUNDS: Readonly<Record<string, Background>> = {
  'pink noise': ({ samples }, _, random) => noise('pink', samples.length, random),
  /** The other clips, several at once, each from somewhere. */
  babble: (clip, clips, random) => {
    const others = clips.filter((other) => other !== clip);
    const mix = new Float64Array(clip.samples.length);
    for (let voice = 0; voice < BABBLE_VOICES; voice += 1) {
      const { samples } = random.pick(others);
      const gain = BABBLE_LEVEL / BABBLE_VOICES / Math.max(rms(samples), 1);
      const from = random.below(samples.length);
      for (let at = 0; at < mix.length; at += 1) mix[at]! += samples[(from + at) % samples.length]! * gain;
    }
    return Int16Array.from(mix);
  },
};

/** A quiet room behind the last word: hiss at -66 dB of full scale, as a microphone always gives some. */
export function roomNoise(length: number, random: Random): Int16Array {
  return Int16Array.from({ length }, () => random.integer(-28, 28));
}

/** The last sample of the last word: the end of the last 20 ms that are no more than 35 dB below the loudest. */
export function endOfSpeech(samples: Int16Array): number {
  const levels = Array.from({ length: Math.floor(samples.length / FRAME_SAMPLES) }, (_, index) =>
    rms(samples.subarray(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES)),
  );
  const least = Math.max(...levels) / 10 ** (35 / 20);
  return (levels.findLastIndex((level) => level > least) + 1) * FRAME_SAMPLES;
}

function rms(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0) / Math.max(samples.length, 1));
}
