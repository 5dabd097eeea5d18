import type { AudioFormat } from '../../audio/encoding/audio-format.js';
import { type FrameParser, parseAdtsFrame, parseMp3Frame } from '../../audio/frames/mpeg-frame.js';

/** Old tag at the end of an MP3. https://id3.org/ID3v1 */
const ID3V1_BYTES = 128;
/** Writers to a pipe cannot know the size: 0, all ones, or a number near 2 or 4 GB. */
const UNKNOWN_SIZE_FROM = 0x7fff_0000;
const OGG_HEADER_BYTES = 27;
const OGG_LAST_PAGE = 4;

/**
 * Whether a file is what its format wants, from its first byte to its last, as far as its frames tell: a service that breaks may end
 * its answer in good order, and half a speech, or something else, must not be kept.
 */
export function isWholeFile(file: Buffer, format: AudioFormat): boolean {
  switch (format) {
    case 'mp3':
      return hasWholeFrames(withoutId3v1(file), parseMp3Frame);
    case 'aac':
      return hasWholeFrames(file, parseAdtsFrame);
    case 'opus':
      return hasWholePages(file);
    case 'wav':
      return hasWholeData(file);
    case 'flac':
      return hasFlacFrames(file);
    case 'pcm':
      return file.length > 0 && file.length % 2 === 0;
  }
}

function hasWholeFrames(file: Buffer, parse: FrameParser): boolean {
  let at = 0;
  let samples = 0;
  while (at < file.length) {
    const frame = parse(file.subarray(at));
    if (frame === undefined) return false;
    samples += frame.samples;
    at += frame.bytes;
  }
  return at === file.length && samples > 0;
}

function withoutId3v1(file: Buffer): Buffer {
  const at = file.length - ID3V1_BYTES;
  return at > 0 && file.toString('latin1', at, at + 3) === 'TAG' ? file.subarray(0, at) : file;
}

/** RFC 3533, section 6: each page says how long it is, and the last one that it is the last. */
function hasWholePages(file: Buffer): boolean {
  let at = 0;
  let isLast = false;
  while (at < file.length) {
    if (file.length < at + OGG_HEADER_BYTES || file.toString('latin1', at, at + 4) !== 'OggS') return false;
    isLast = (file[at + 5]! & OGG_LAST_PAGE) !== 0;
    const segments = file.subarray(at + OGG_HEADER_BYTES, at + OGG_HEADER_BYTES + file[at + 26]!);
    at += OGG_HEADER_BYTES + file[at + 26]! + segments.reduce((sum, bytes) => sum + bytes, 0);
  }
  return at === file.length && isLast;
}

/** http://soundfile.sapp.org/doc/WaveFormat/ */
function hasWholeData(file: Buffer): boolean {
  let at = 12;
  while (at + 8 <= file.length) {
    const size = file.readUInt32LE(at + 4);
    const isUnknown = size === 0 || size >= UNKNOWN_SIZE_FROM;
    if (file.toString('latin1', at, at + 4) === 'data')
      return isUnknown ? file.length > at + 8 : file.length >= at + 8 + size;
    at += 8 + size + (size % 2);
  }
  return false;
}

/** RFC 9639, sections 8 and 9.1: blocks of metadata, then frames. Their ends are told by nothing but decoding them. */
function hasFlacFrames(file: Buffer): boolean {
  let at = 4;
  for (let isLast = false; !isLast;) {
    if (file.length < at + 4) return false;
    isLast = (file[at]! & 0x80) !== 0;
    at += 4 + file.readUIntBE(at + 1, 3);
  }
  return file.length > at + 2 && file[at] === 0xff && (file[at + 1]! & 0xfe) === 0xf8;
}
