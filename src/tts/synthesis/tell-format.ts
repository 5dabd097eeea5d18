import type { AudioFormat } from '../../audio/encoding/audio-format.js';
import { type FrameParser, parseAdtsFrame, parseMp3Frame } from '../../audio/frames/mpeg-frame.js';

/** What bytes are, by themselves: a format, words instead of audio, or something that we do not speak. Samples are told by nothing. */
export type ToldFormat = AudioFormat | 'text' | 'other';

interface Magic {
  at: number;
  bytes: Buffer;
  /** Bytes that `told` looks at. */
  length: number;
  told: (head: Buffer) => ToldFormat;
}

const magic = (text: string, told: ToldFormat, at = 0): Magic => ({
  at,
  bytes: Buffer.from(text, 'latin1'),
  length: at + text.length,
  told: () => told,
});

const MAGICS: readonly Magic[] = [
  { ...magic('RIFF', 'wav'), length: 12, told: (head) => riffKind(head) },
  { ...magic('RF64', 'wav'), length: 12, told: (head) => riffKind(head) },
  // The first packet of an Ogg stream says what it holds, RFC 7845 section 5.1.
  { ...magic('OggS', 'opus'), length: 36, told: (head) => oggKind(head) },
  magic('fLaC', 'flac'),
  magic('ID3', 'mp3'),
  magic('\x1a\x45\xdf\xa3', 'other'), // WebM
  magic('ftyp', 'other', 4), // MP4
  magic('FORM', 'other'), // AIFF
  magic('caff', 'other'),
  magic('#!AMR', 'other'),
  magic('\x1f\x8b\x08', 'other'), // gzip
];
const FRAMES: readonly [AudioFormat, FrameParser][] = [
  ['mp3', parseMp3Frame],
  ['aac', parseAdtsFrame],
];
const FRAME_HEADER_BYTES = 7;
/** So many bytes of nothing but text are no samples. */
const TEXT_BYTES = 64;
const BEGINS_AS_TEXT = /^(?:\xef\xbb\xbf)?\s*(?:[{["'<A-Za-z]|$)/;
const IS_TEXT = /^[\t\n\r\x20-\x7e\x80-\xff]*$/;

/**
 * Tells the format of a body that begins with `head`. A frame of the asked format is believed at once, so that nothing waits; one of
 * another format only when a second one follows it, since samples look like one by chance.
 * @param hasEnded whether that is the whole body
 * @returns undefined when it needs more bytes
 */
export function tellFormat(head: Buffer, asked: AudioFormat, hasEnded: boolean): ToldFormat | undefined {
  for (const { at, bytes, length, told } of MAGICS) {
    const found = head.subarray(at, at + bytes.length);
    if (head.length < length && !hasEnded) {
      if (head.length <= at ? at > 0 && isZero(head) : bytes.subarray(0, found.length).equals(found))
        return undefined;
    } else if (found.equals(bytes)) return told(head);
  }
  for (const [format, parse] of FRAMES) {
    if (head.length < FRAME_HEADER_BYTES && !hasEnded) {
      if (head[0] === 0xff) return undefined;
      continue;
    }
    const frame = parse(head);
    if (frame === undefined) continue;
    if (format === asked) return format;
    if (head.length < frame.bytes + FRAME_HEADER_BYTES && !hasEnded) return undefined;
    if (frame.bytes === head.length || parse(head.subarray(frame.bytes)) !== undefined) return format;
  }
  // What is no samples is refused, whatever else it is, so only here it matters that it may be words.
  return asked === 'pcm' ? tellText(head, hasEnded) : 'pcm';
}

function tellText(head: Buffer, hasEnded: boolean): 'text' | 'pcm' | undefined {
  const text = head.toString('latin1', 0, TEXT_BYTES);
  if (!IS_TEXT.test(text) || !BEGINS_AS_TEXT.test(text)) return 'pcm';
  return hasEnded || head.length >= TEXT_BYTES ? 'text' : undefined;
}

function riffKind(head: Buffer): ToldFormat {
  return head.toString('latin1', 8, 12) === 'WAVE' ? 'wav' : 'other';
}

function oggKind(head: Buffer): ToldFormat {
  return head.toString('latin1', 28, 36) === 'OpusHead' ? 'opus' : 'other';
}

/** Before `ftyp` stands the size of a small box. */
function isZero(head: Buffer): boolean {
  return head.subarray(0, 3).every((byte) => byte === 0);
}
