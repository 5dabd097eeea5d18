import { parseAc3Frame } from '../frames/ac3-frame.js';
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
  classify: (this: void, bytes: Buffer, before: Buffer) => Verdict;
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
  { container: 'mp4', start: [0, 0], classify: classifyFileType },
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
  const classify = (bytes: Buffer, before: Buffer): Verdict => {
    const known = Math.min(start.length, bytes.length);
    if (bytes.compare(start, 0, known, 0, known) !== 0) return 'no';
    if (bytes.length < needed) return 'more';
    return isHeader(bytes, before) ? 'yes' : 'no';
  };
  return { container, start: [start[0]!, start[1]!], classify };
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
function classifyFileType(bytes: Buffer): Verdict {
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

/** Bytes that are wanted to tell the container of a session; of those that look like MPEG-TS more. */
export const SNIFF_BYTES = 8;
const TS_PACKET_BYTES = 188;
const TS_SYNC = 0x47;

/** What a session may begin with, where that is enough: in its midst more is wanted (`SIGNATURES`). */
const MAGICS: readonly [container: Container, at: number, magic: string][] = [
  ['webm', 0, '\u001aE\u00df\u00a3'],
  ['ogg', 0, 'OggS'],
  ['wav', 0, 'RIFF'],
  ['wav', 0, 'RF64'],
  ['wav', 0, 'BW64'],
  ['mp4', 4, 'ftyp'],
  // QuickTime from before there was a first box that tells what follows.
  ['mp4', 4, 'moov'],
  ['mp4', 4, 'wide'],
  ['flac', 0, 'fLaC'],
  ['mp3', 0, 'ID3'],
  ['caf', 0, 'caff'],
  ['au', 0, '.snd'],
];

/** Later parts of MP4, without the initialisation segment. */
const MP4_MIDDLES: ReadonlySet<string> = new Set(['styp', 'moof', 'sidx', 'mdat']);

/** How many of the first bytes it takes to tell the container. */
export function bytesToSniff(start: Buffer): number {
  return start[0] === TS_SYNC ? TS_PACKET_BYTES + 1 : SNIFF_BYTES;
}

/** The container by the very first bytes of a session, more leniently than in its midst. */
export function sniffContainer(start: Buffer): Container | undefined {
  const known = MAGICS.find(([, at, magic]) => hasText(start, at, magic));
  if (known !== undefined) return known[0];
  if (start[0] === TS_SYNC && start[TS_PACKET_BYTES] === TS_SYNC) return 'mpegts';
  return sniffFrames(start);
}

/** MPEG audio and AC-3, which have no header but that of each frame. */
function sniffFrames(start: Buffer): Container | undefined {
  const ac3 = parseAc3Frame(start);
  if (ac3 !== undefined) return ac3.isEnhanced ? 'eac3' : 'ac3';
  if (start.length < 4 || start[0] !== 0xff) return undefined;
  const [, second, third] = start as unknown as [number, number, number];
  if ((second & 0xf6) === 0xf0) return isAdts(third) ? 'aac' : undefined;
  return (second & 0xe0) === 0xe0 && isMpeg(second, third) ? 'mp3' : undefined;
}

/** ISO/IEC 14496-3, section 1.A.2.2: a sampling frequency index up to 12. */
function isAdts(third: number): boolean {
  return ((third >> 2) & 15) <= 12;
}

/** ISO/IEC 11172-3, section 2.4.1.3: known version, layer, bit rate and sampling frequency. */
function isMpeg(second: number, third: number): boolean {
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  return version !== 1 && layer !== 0 && third >> 4 !== 15 && ((third >> 2) & 3) !== 3;
}

/** Whether a session begins in the middle of a recording whose header it lacks. */
export function isHeaderless(start: Buffer): boolean {
  // A cluster of WebM, or a block of its track 1 of up to 16 kB, of which Chromium leaves the first byte in the chunk before.
  if (/^1f43b675|^(?:a3)?(?:[89a-f].|[4-7]...)81.{4}[08]0/.test(start.toString('hex'))) return true;
  return MP4_MIDDLES.has(start.toString('latin1', 4, 8));
}
