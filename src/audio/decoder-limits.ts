import { SPEECH_SAMPLE_RATE } from '../common/audio/pcm.js';
import { DecodeFailedError } from '../common/errors/session-errors.js';

/** Bounds of what a recording may make us keep or wade through. Beyond them it counts as damaged. */
export interface DecoderLimits {
  /** Largest element, page or chunk that is kept whole in memory: block, track description, format header. */
  maxElementBytes: number;
  /** Largest element that is passed over unread: padding, tags, cover art. */
  maxSkippedBytes: number;
  /** Rubbish read in search of the next intact cluster or page. */
  maxResyncBytes: number;
  /** Largest temporary file for a recording that can only be read when it is complete (MP4 with its index at the end). */
  maxSpooledBytes: number;
  /** Recordings that a session may begin ahead of its audio, see `RecordingAllowance`. One that needs a process counts as three. */
  maxRecordings: number;
  /** A decoder process that neither takes nor gives anything for this long, although it should, counts as dead. */
  stallMs: number;
}

export const DEFAULT_DECODER_LIMITS: DecoderLimits = {
  maxElementBytes: 131_072,
  maxSkippedBytes: 8_388_608,
  maxResyncBytes: 1_048_576,
  maxSpooledBytes: 67_108_864,
  maxRecordings: 100,
  stallMs: 10_000,
};

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
