import { parseAc3Frame } from '../frames/ac3-frame.js';
import { infoTagAt, parseAdtsFrame, parseMp3Frame } from '../frames/mpeg-frame.js';
import type { Workload } from '../workload.js';
import { hasText, type Verdict } from './container-signature.js';

/** Streams that have no header but that of each frame. */
export type FrameStream = 'aac' | 'mp3' | 'ac3' | 'eac3' | 'mpegts';

/** Whether a frame of a stream can begin with these two bytes, by the sync word and what can follow it. */
export function streamsBeginningWith(first: number, second: number): FrameStream[] {
  if (first === 0x0b && second === 0x77) return ['ac3', 'eac3'];
  if (first === 0x47 && second >> 5 === 2) return ['mpegts'];
  if (first !== 0xff) return [];
  return (second & 0xf6) === 0xf0 ? ['aac'] : (second & 0xe6) === 0xe2 ? ['mp3'] : [];
}

/** One frame of a chain: its length, and what is the same in all frames of a recording. */
interface Link {
  bytes: number;
  kind: number;
}

/** That many frames of the same kind back to back, over that many bytes, begin a recording: compressed audio holds none by chance. */
const CHAIN_FRAMES = 3;
/** More than the part of a frame stream that a packet of MPEG-TS holds in one piece. */
const CHAIN_BYTES = 400;
const LONGEST_LINK_HEADER_BYTES = 8;
const MAX_ADTS_BYTES_PER_CHANNEL = 768;
const TS_PACKET_BYTES = 188;
const TS_PACKETS = 3;
/** The tables that a recording begins with: programmes, and their description. ISO/IEC 13818-1, table 2-3; ETSI EN 300 468, table 1. */
const TS_FIRST_PIDS: ReadonlySet<number> = new Set([0, 0x11]);

/** Whether the bytes behind 0xff may go on with the header of a frame: quickly, since in quiet PCM every fourth byte is 0xff. */
export function mayBeMpeg(second: number, third: number): boolean {
  if ((second & 0xf6) === 0xf0) return third >> 6 === 1;
  return (second & 0xe6) === 0xe2 && (third & 1) === 0 && third >> 4 !== 0 && third >> 4 !== 15;
}

/** Whether a stream of frames begins with `bytes`, of which the first one is that of a sync word; `more` while it cannot be told. */
export function classifyFrames(bytes: Buffer, stream: FrameStream, work: Workload): Verdict {
  return stream === 'mpegts' ? classifyTransport(bytes) : classifyChain(bytes, LINKS[stream], work);
}

/** Whether an MP3 begins here even if another one runs: LAME and others write a first frame of facts. */
export function classifyInfoFrame(bytes: Buffer): Verdict {
  if (bytes.length < LONGEST_LINK_HEADER_BYTES) return 'more';
  if (mp3Link(bytes) === undefined) return 'no';
  const at = infoTagAt(bytes);
  if (bytes.length < at + 4) return 'more';
  return hasText(bytes, at, 'Info') || hasText(bytes, at, 'Xing') ? 'yes' : 'no';
}

const LINKS = {
  aac: adtsLink,
  mp3: mp3Link,
  ac3: (bytes: Buffer) => ac3Link(bytes, 'ac3'),
  eac3: (bytes: Buffer) => ac3Link(bytes, 'eac3'),
};

function classifyChain(bytes: Buffer, read: (bytes: Buffer) => Link | undefined, work: Workload): Verdict {
  let kind: number | undefined;
  let at = 0;
  for (let frames = 0; frames < CHAIN_FRAMES || at < CHAIN_BYTES; frames++) {
    if (at + LONGEST_LINK_HEADER_BYTES > bytes.length) return 'more';
    work.add('bytes', LONGEST_LINK_HEADER_BYTES);
    const link = read(bytes.subarray(at));
    if (link === undefined || (kind !== undefined && link.kind !== kind)) return 'no';
    kind = link.kind;
    at += link.bytes;
  }
  return 'yes';
}

/** Only as encoders write it, so that hardly anything is held back because it might be a frame: AAC-LC of one or two channels. */
function adtsLink(bytes: Buffer): Link | undefined {
  const [, second, third, fourth] = bytes as unknown as [number, number, number, number];
  const channels = ((third & 1) << 2) | (fourth >> 6);
  if ((second & 0xf6) !== 0xf0 || third >> 6 !== 1 || channels < 1 || channels > 2) return undefined;
  const frame = parseAdtsFrame(bytes);
  if (frame === undefined || frame.bytes > channels * MAX_ADTS_BYTES_PER_CHANNEL + 9) return undefined;
  return { bytes: frame.bytes, kind: (second << 16) | (third << 8) | (fourth & 0xc0) };
}

/** Layer III; no private bit, no emphasis. */
function mp3Link(bytes: Buffer): Link | undefined {
  const [, second, third, fourth] = bytes as unknown as [number, number, number, number];
  if ((second & 0xe6) !== 0xe2 || (third & 1) !== 0 || (fourth & 3) !== 0) return undefined;
  const frame = parseMp3Frame(bytes);
  return frame === undefined ? undefined : { bytes: frame.bytes, kind: (second << 8) | (third & 0x0c) };
}

function ac3Link(bytes: Buffer, stream: 'ac3' | 'eac3'): Link | undefined {
  const frame = parseAc3Frame(bytes);
  if (frame === undefined || frame.isEnhanced !== (stream === 'eac3')) return undefined;
  return { bytes: frame.bytes, kind: frame.sampleRate };
}

function classifyTransport(bytes: Buffer): Verdict {
  if (bytes.length < 4) return 'more';
  const pid = ((bytes[1]! & 0x1f) << 8) | bytes[2]!;
  if (bytes[1]! >> 5 !== 2 || !TS_FIRST_PIDS.has(pid) || (bytes[3]! & 0xd0) !== 0x10) return 'no';
  for (let packet = 1; packet < TS_PACKETS; packet++) {
    if (bytes.length <= packet * TS_PACKET_BYTES) return 'more';
    if (bytes[packet * TS_PACKET_BYTES] !== 0x47) return 'no';
  }
  return 'yes';
}
