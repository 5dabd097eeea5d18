import { SIGNATURES } from './container-signature.js';
import type { Container } from './segment-decoder.js';

/** Bytes that are wanted to tell the container of a session. */
export const SNIFF_BYTES = 8;

/** Later parts of MP4, without the initialisation segment. */
const MP4_MIDDLES: ReadonlySet<string> = new Set(['styp', 'moof', 'sidx', 'mdat']);

/** The container by the very first bytes of a session, more leniently than in its midst. */
export function sniffContainer(start: Buffer): Container | undefined {
  const signature = SIGNATURES.find(({ magic, magicAt }) =>
    start.subarray(magicAt, magicAt + magic.length).equals(magic),
  );
  if (signature !== undefined) return signature.container;
  return start.toString('latin1', 0, 4) === 'fLaC' ? 'flac' : sniffFrames(start);
}

/** MPEG audio, which has no header but that of each frame; MP3 may have tags before. */
function sniffFrames(start: Buffer): Container | undefined {
  if (start.toString('latin1', 0, 3) === 'ID3') return 'mp3';
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
