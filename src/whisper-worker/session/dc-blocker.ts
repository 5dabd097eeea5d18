import { SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';

/** Below every voice and above the drift of a microphone's zero. */
const CUTOFF_HZ = 30;
const POLE = 1 - (2 * Math.PI * CUTOFF_HZ) / SPEECH_SAMPLE_RATE;
/** Keeps the loudness above the cutoff. */
const GAIN = (1 + POLE) / 2;

/**
 * Removes the DC offset of cheap sound cards: a high-pass of one pole. An offset of a tenth of full scale is louder
 * than speech, and then no speech is detected. It works sample by sample, so the cut of the audio does not matter, and gives as many
 * samples as it gets.
 */
export class DcBlocker {
  private last: number | undefined;
  private value = 0;

  apply(samples: Int16Array): Int16Array {
    const result = new Int16Array(samples.length);
    // The first sample counts as the offset: there is no step at the start.
    let last = this.last ?? samples[0] ?? 0;
    let value = this.value;
    for (let index = 0; index < samples.length; index++) {
      const sample = samples[index]!;
      value = GAIN * (sample - last) + POLE * value;
      last = sample;
      result[index] = Math.max(-32_768, Math.min(32_767, Math.round(value)));
    }
    if (samples.length > 0) this.last = last;
    this.value = value;
    return result;
  }
}
