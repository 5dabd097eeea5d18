import { describe, expect, it } from '@jest/globals';
import { Random } from '../../../test/support/random.js';
import { sampleClip, toFloat } from '../../../test/support/wav.js';
import { fromProject } from '../../config/project-paths.js';
import { VAD_WINDOW_SAMPLES } from '../voice-activity-detector.js';
import { SileroDetector } from './silero-detector.js';

function make(threshold = 0.5): SileroDetector {
  return new SileroDetector(fromProject('models/silero-vad/silero_vad_v6.onnx'), threshold);
}

/** Its judgement of every window. */
function judge(sut: SileroDetector, samples: Float32Array): boolean[] {
  const judgements: boolean[] = [];
  for (let at = 0; at + VAD_WINDOW_SAMPLES <= samples.length; at += VAD_WINDOW_SAMPLES) {
    judgements.push(sut.isSpeech(samples.subarray(at, at + VAD_WINDOW_SAMPLES)));
  }
  return judgements;
}

/** Speech that can hardly be heard in a hiss. */
function faintSpeech(): Float32Array {
  const random = new Random(5);
  return toFloat(sampleClip('hello-world.wav')).map(
    (sample) => sample * 0.05 + random.integer(-300, 300) / 32_768,
  );
}

describe(SileroDetector.name, () => {
  const clip = toFloat(sampleClip('three-sentences.wav'));

  it.each(['conversation-30s.wav', 'noise.wav', 'ko-digits.wav', 'silence.wav'])(
    'judges as a fresh one does after it heard %s and was reset',
    (before) => {
      const sut = make();
      // Not a whole number of windows of it, so that it ends in the middle of a word.
      judge(sut, toFloat(sampleClip(before)).subarray(0, 40_000));
      sut.reset();
      expect(judge(sut, clip)).toEqual(judge(make(), clip));
    },
  );

  it('does not take quiet speech for silence because somebody loud was there before', () => {
    const quiet = clip.map((sample) => sample * 0.01);
    const sut = make();
    judge(sut, clip);
    sut.reset();
    expect(judge(sut, quiet)).toEqual(judge(make(), quiet));
  });

  it('hears less, the higher its threshold is', () => {
    const speech = faintSpeech();
    const heard = [0.1, 0.5, 0.95].map(
      (threshold) => judge(make(threshold), speech).filter((isSpeech) => isSpeech).length,
    );
    expect(heard[0]).toBeGreaterThan(heard[1]!);
    expect(heard[1]).toBeGreaterThan(0);
    expect(heard[2]).toBe(0);
  });
});
