import { UnsupportedAudioError } from '../../common/errors/session-errors.js';
import { childElements, EBML_ID, unsignedValue } from './ebml.js';

/** The audio track of a WebM recording. */
export interface WebmTrack {
  number: number;
  codecId: string;
  /** For Opus: the same header as in Ogg. Empty when the writer left it out. */
  codecPrivate: Buffer;
}

const SUPPORTED_CODEC = 'A_OPUS';

/** Body of a TrackEntry element. Undefined when it is no audio, such as the video of a camera recording. */
export function parseWebmTrack(entry: Buffer): WebmTrack | undefined {
  const track: WebmTrack = { number: 0, codecId: '', codecPrivate: Buffer.alloc(0) };
  let isEncoded = false;
  for (const { id, body } of childElements(entry)) {
    if (id === EBML_ID.trackNumber) track.number = unsignedValue(body);
    else if (id === EBML_ID.codecId) track.codecId = body.toString('latin1').replace(/\0+$/, '');
    // Copied, since the body is only a view of bytes that are about to be overwritten.
    else if (id === EBML_ID.codecPrivate) track.codecPrivate = Buffer.from(body);
    else if (id === EBML_ID.contentEncodings) isEncoded = true;
  }
  if (!track.codecId.startsWith('A_')) return undefined;
  if (track.codecId !== SUPPORTED_CODEC)
    throw new UnsupportedAudioError('The WebM recording holds a codec that is not supported; use Opus.');
  if (isEncoded) throw new UnsupportedAudioError('Encrypted or recompressed WebM is not supported.');
  return track;
}
