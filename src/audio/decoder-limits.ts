import { SPEECH_SAMPLE_RATE } from '../common/audio/pcm.js';
import { DecodeFailedError } from '../common/errors/session-errors.js';

/** Bounds of the bytes that a recording may make the decoder keep or skip. A recording beyond them counts as damaged. */
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

/** Each 100 ms of audio allow a session one more recording. */
const SAMPLES_PER_RECORDING = SPEECH_SAMPLE_RATE / 10;

/**
 * Limits the recordings that a session begins: `ahead` of them without audio, and one more per 100 ms of audio, which is as often as
 * a recorder is restarted. A decoder costs much more than the few bytes of a header that ask for it.
 */
export class RecordingAllowance {
  private begun = 0;
  private samples = 0;

  constructor(private readonly ahead: number) {}

  addSamples(samples: number): void {
    this.samples += samples;
  }

  /** @throws DecodeFailedError when the session has begun too many */
  begin(count: number): void {
    this.begun += count;
    if (this.begun > this.ahead + this.samples / SAMPLES_PER_RECORDING)
      throw new DecodeFailedError('The session begins too many recordings for the audio in them.');
  }
}
