import type { Container } from './segment-decoder.js';

export type Verdict = 'yes' | 'no' | 'more';

/** How a recording's header is told within the bytes of a session. */
export interface Signature {
  container: Container;
  /** The first two bytes of the header. */
  start: readonly [number, number];
  /**
   * Whether a recording begins with `bytes`, behind `before` (of which there are up to `LOOK_BEHIND_BYTES`); `more` while there are too
   * few to tell. So strict that compressed audio holds it by chance less than once in 2^40 bytes, because a restarted recorder's
   * header may come anywhere, even in the middle of an element that was cut off.
   */
  judge: (this: void, bytes: Buffer, before: Buffer) => Verdict;
}

/** Enough for the first page of another stream in the same Ogg recording. */
export const LOOK_BEHIND_BYTES = 128;

const MAX_EBML_HEADER_BYTES = 1_024;
/** First bytes of what an EBML header may begin with: its own elements (0x42..), Void, CRC-32. RFC 8794, section 11.2. */
const EBML_HEADER_CHILDREN: ReadonlySet<number> = new Set([0x42, 0xec, 0xbf]);
const OGG_PAGE_HEADER_BYTES = 28;
const OGG_FIRST = 2;
/** What the first packet of an audio stream in Ogg begins with. */
const OGG_AUDIO_MAGICS = ['OpusHead', '\u007fFLAC', '\u0001vorbis', 'Speex   '];
/** https://learn.microsoft.com/windows/win32/wmformat/asf-file-structure */
const ASF_HEADER = Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex');
const WAVE_64 = Buffer.from('726966662e91cf11a5d628db04c10000', 'hex');
const STREAMINFO_HEADS: ReadonlySet<number> = new Set([0x0000_0022, 0x8000_0022]);

export const SIGNATURES: readonly Signature[] = [
  // Magic, a size of up to eight bytes, the first byte of a child.
  signature('webm', Buffer.from('1a45dfa3', 'hex'), 13, isEbmlHeader),
  signature('ogg', 'OggS', 36, isOggAudioStart),
  ...['RIFF', 'RF64', 'BW64'].map((magic) =>
    signature('wav', magic, 12, (bytes) => hasText(bytes, 8, 'WAVE')),
  ),
  { container: 'mp4', start: [0, 0], judge: judgeFileType },
  signature('flac', 'fLaC', 10, isFlacStart),
  signature('mp3', 'ID3', 10, isId3),
  signature('caf', 'caff\0\x01\0\0', 8),
  signature('aiff', 'FORM', 12, (bytes) => hasText(bytes, 8, 'AIFF') || hasText(bytes, 8, 'AIFC')),
  signature('w64', WAVE_64, WAVE_64.length),
  signature('asf', ASF_HEADER, ASF_HEADER.length),
  signature('amr', '#!AMR\n', 6),
  signature('amr', '#!AMR-WB\n', 9),
  signature('au', '.snd', 24, isAu),
];

function signature(
  container: Container,
  magic: string | Buffer,
  needed: number,
  isHeader: (bytes: Buffer, before: Buffer) => boolean = () => true,
): Signature {
  const start = typeof magic === 'string' ? Buffer.from(magic, 'latin1') : magic;
  const judge = (bytes: Buffer, before: Buffer): Verdict => {
    const known = Math.min(start.length, bytes.length);
    if (bytes.compare(start, 0, known, 0, known) !== 0) return 'no';
    if (bytes.length < needed) return 'more';
    return isHeader(bytes, before) ? 'yes' : 'no';
  };
  return { container, start: [start[0]!, start[1]!], judge };
}

export function hasText(bytes: Buffer, at: number, text: string): boolean {
  return bytes.toString('latin1', at, at + text.length) === text;
}

function isEbmlHeader(bytes: Buffer): boolean {
  const sizeBytes = Math.clz32(bytes[4]!) - 23;
  if (sizeBytes > 8) return false;
  let size = bytes[4]! & (0xff >> sizeBytes);
  for (let index = 1; index < sizeBytes; index++) size = size * 256 + bytes[4 + index]!;
  return size > 0 && size <= MAX_EBML_HEADER_BYTES && EBML_HEADER_CHILDREN.has(bytes[4 + sizeBytes]!);
}

/** First page of a logical stream, with an audio header in it, but for the one behind that of a video in the same recording. */
function isOggAudioStart(bytes: Buffer, before: Buffer): boolean {
  if (bytes[4] !== 0 || (bytes[5]! & OGG_FIRST) === 0) return false;
  if (!isAudioPage(bytes)) return false;
  const last = before.lastIndexOf('OggS', undefined, 'latin1');
  const isBehindFirst =
    last >= 0 &&
    before.length - last >= OGG_PAGE_HEADER_BYTES &&
    (before[last + 5]! & OGG_FIRST) !== 0 &&
    before[last + 26] === 1 &&
    before.length - last === OGG_PAGE_HEADER_BYTES + before[last + 27]!;
  const isAudio = isBehindFirst && isAudioPage(before.subarray(last));
  return !isBehindFirst || isAudio;
}

function isAudioPage(page: Buffer): boolean {
  return OGG_AUDIO_MAGICS.some((magic) => hasText(page, OGG_PAGE_HEADER_BYTES, magic));
}

/** A box of less than 256 bytes with a printable brand. */
function judgeFileType(bytes: Buffer): Verdict {
  const known = Math.min(3, bytes.length);
  for (let at = 0; at < known; at++) if (bytes[at] !== 0) return 'no';
  if (bytes.length > 4) {
    const type = bytes.toString('latin1', 4, 8);
    if (!'ftyp'.startsWith(type)) return 'no';
  }
  if (bytes.length < 12) return 'more';
  return bytes[3]! >= 16 && /^[\x20-\x7e]{4}$/.test(bytes.toString('latin1', 8, 12)) ? 'yes' : 'no';
}

/** Magic and STREAMINFO (RFC 9639, section 8), but for those that Ogg and Matroska wrap. */
function isFlacStart(bytes: Buffer, before: Buffer): boolean {
  if (!STREAMINFO_HEADS.has(bytes.readUInt32BE(4)) || bytes.readUInt16BE(8) < 16) return false;
  return !hasText(before, before.length - 9, '\u007fFLAC') && !isCodecPrivate(before);
}

/** Whether an element of Matroska begins here: its ID, 63A2, and a size of up to eight bytes. */
function isCodecPrivate(before: Buffer): boolean {
  for (let sizeBytes = 1; sizeBytes <= 8; sizeBytes++) {
    const at = before.length - sizeBytes - 2;
    if (at < 0) return false;
    if (before.readUInt16BE(at) === 0x63a2 && Math.clz32(before[at + 2]!) - 23 === sizeBytes) return true;
  }
  return false;
}

/** A tag before MPEG audio, but for those that WAV, AIFF and MP4 wrap. https://id3.org/id3v2.4.0-structure */
function isId3(bytes: Buffer, before: Buffer): boolean {
  const isTag =
    bytes[3]! >= 2 &&
    bytes[3]! <= 4 &&
    bytes[4] === 0 &&
    (bytes[5]! & 0x0f) === 0 &&
    [6, 7, 8, 9].every((at) => bytes[at]! < 0x80);
  if (!isTag) return false;
  const chunk = before.toString('latin1', before.length - 8, before.length - 4).toLowerCase();
  return chunk !== 'id3 ' && !hasText(before, before.length - 10, 'ID32');
}

/** Offset of the audio, its size, a known coding, a rate and a number of channels that occur. */
function isAu(bytes: Buffer): boolean {
  const [audioAt, coding] = [bytes.readUInt32BE(4), bytes.readUInt32BE(12)];
  const [rate, channels] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  return (
    audioAt >= 24 &&
    audioAt <= 4_096 &&
    coding >= 1 &&
    coding <= 27 &&
    rate >= 1_000 &&
    rate <= 400_000 &&
    channels >= 1 &&
    channels <= 8
  );
}
