import { SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';

/** Below every voice, above every drift of a microphone's zero. */
const CUTOFF_HZ = 30;
const POLE = 1 - (2 * Math.PI * CUTOFF_HZ) / SPEECH_SAMPLE_RATE;
/** So that what is above the cutoff stays as loud as it was. */
const GAIN = (1 + POLE) / 2;

/**
 * Takes the offset out of the audio of cheap sound cards: a high-pass of one pole. An offset of a tenth of full scale is louder than
 * speech to what measures levels, and then no word is heard. Sample by sample, so that it does not matter how the audio is cut; as
 * many come out as went in.
 */
export class DcBlocker {
  private last: number | undefined;
  private value = 0;

  apply(samples: Int16Array): Int16Array {
    const result = new Int16Array(samples.length);
    // The first sample is taken for the offset, so that there is no step at the start.
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
