import { parseAc3Frame } from '../mpeg/ac3-frame.js';
import { hasText } from './container-signature.js';
import type { Container } from './segment-decoder.js';

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
