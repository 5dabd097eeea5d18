import { SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import { DecodeFailedError } from '../../common/errors/session-errors.js';

/** Of audio that allows a session one more recording. */
const SAMPLES_PER_RECORDING = SPEECH_SAMPLE_RATE / 10;

/**
 * How many recordings a session may begin. A decoder costs much more than the few bytes of a header, so there may be no more of them
 * than a recorder that is started over and over makes: so many ahead of the audio, and one more for each tenth of a second of it.
 */
export class RecordingAllowance {
  private begun = 0;
  private samples = 0;

  constructor(private readonly ahead: number) {}

  heard(samples: number): void {
    this.samples += samples;
  }

  /** @throws DecodeFailedError when the session has begun too many */
  begin(count: number): void {
    this.begun += count;
    if (this.begun > this.ahead + this.samples / SAMPLES_PER_RECORDING)
      throw new DecodeFailedError('The session begins too many recordings for the audio in them.');
  }
}
