import { OPUS_SAMPLE_RATE, opusPacketSamples } from '../opus/opus-format.js';
import { EBML_ID, readElementHeader, readVint, vintBytes } from './ebml.js';
import { parseWebmBlock } from './webm-block.js';

const CLUSTER_START = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);
/** Larger than any block of speech, and small enough that a false find waits for few bytes. */
const MAX_BLOCK_BYTES = 8_192;
/** First bytes of what may follow a block: a block, a cluster, padding, a checksum, the index. */
const FOLLOWERS: ReadonlySet<number> = new Set([
  EBML_ID.simpleBlock,
  EBML_ID.blockGroup,
  0x1f,
  0xec,
  0xbf,
  0x1c,
]);

/** Where to go on: `at` is how far the bytes are of no use, `found` whether an element begins there. */
export interface Resumption {
  at: number;
  found: boolean;
}

/**
 * Finds the first element behind damage: a cluster, or a block of the track behind which another element begins. Recorders
 * open clusters half a minute apart, so waiting for the next one would lose too much.
 */
export function findResumption(bytes: Buffer, track: number): Resumption {
  // Byte by byte, so that each byte is read once: a search for the next cluster would read the rest again for each block.
  for (let at = 0; at < bytes.length; at++) {
    const verdict =
      bytes[at] === EBML_ID.simpleBlock
        ? classifyBlock(bytes, at, track)
        : bytes[at] === CLUSTER_START[0]
          ? classifyCluster(bytes, at)
          : 'no';
    if (verdict !== 'no') return { at, found: verdict === 'yes' };
  }
  return { at: bytes.length, found: false };
}

function classifyCluster(bytes: Buffer, at: number): 'yes' | 'no' | 'more' {
  const known = Math.min(CLUSTER_START.length, bytes.length - at);
  if (bytes.compare(CLUSTER_START, 0, known, at, at + known) !== 0) return 'no';
  return known < CLUSTER_START.length ? 'more' : 'yes';
}

function classifyBlock(bytes: Buffer, at: number, track: number): 'yes' | 'no' | 'more' {
  const header = readElementHeader(bytes, at);
  if (header === 'more') return 'more';
  if (header === 'damaged' || header.size === undefined || header.size > MAX_BLOCK_BYTES) return 'no';
  const body = at + header.headerBytes;
  const next = body + header.size;
  if (body >= bytes.length) return 'more';
  const trackBytes = vintBytes(bytes[body]!);
  if (trackBytes > 2) return 'no';
  if (next >= bytes.length) return 'more';
  return readVint(bytes, body, trackBytes) === track && FOLLOWERS.has(bytes[next]!) ? 'yes' : 'no';
}

/** The track that recorders of speech write: their first one. */
const TRACK = 1;
const TRACK_BYTE = 0x80 | TRACK;
/** Track number, time code and flags. */
const BLOCK_HEAD_BYTES = 4;
/** No block of speech is larger; the room that the decoder has for a packet. */
const MAX_SPEECH_BLOCK_BYTES = 3_840 + BLOCK_HEAD_BYTES;
/** Times of blocks are rounded to milliseconds, and those of captured audio jitter by up to this part of a packet. */
const MAX_JITTER = 1 / 4;

/**
 * Header of a live WebM with Opus in track 1. Put before the blocks of a recording whose own header is lost, it makes them
 * decodable.
 */
export const OPUS_WEBM_HEADER = Buffer.concat([
  Buffer.from('1a45dfa38442868101', 'hex'), // EBML, version 1
  Buffer.from('1853806701ffffffffffffff', 'hex'), // Segment of unknown size
  Buffer.from('1654ae6b8dae8bd781018686', 'hex'), // Tracks: one entry, number 1, codec of six letters
  Buffer.from('A_OPUS'),
]);

/**
 * Where a live WebM goes on behind a gap: the first of two blocks that follow each other and hold Opus of the same kind, as long
 * as the time between them. Other bytes do not match this by chance.
 * @returns the offset; `more` when there may be such a place once more bytes have come
 */
export function findContinuation(bytes: Buffer): number | 'more' | 'none' {
  let isUnsure = false;
  for (
    let at = bytes.indexOf(EBML_ID.simpleBlock);
    at >= 0;
    at = bytes.indexOf(EBML_ID.simpleBlock, at + 1)
  ) {
    const first = opusBlockAt(bytes, at);
    if (first === undefined) continue;
    const second = first === 'more' ? 'more' : opusBlockAt(bytes, first.end);
    if (first === 'more' || second === 'more') isUnsure = true;
    else if (second !== undefined && follows(first, second)) return at;
  }
  return isUnsure ? 'more' : 'none';
}

interface OpusBlock {
  end: number;
  timeMs: number;
  packetMs: number;
  /** Mode, bandwidth and frame size. RFC 6716, section 3.1. */
  config: number;
}

function opusBlockAt(bytes: Buffer, at: number): OpusBlock | 'more' | undefined {
  const header = readElementHeader(bytes, at);
  if (header === 'more') return 'more';
  if (header === 'damaged' || header.id !== EBML_ID.simpleBlock) return undefined;
  const { size = 0, headerBytes } = header;
  if (size <= BLOCK_HEAD_BYTES || size > MAX_SPEECH_BLOCK_BYTES) return undefined;
  const body = bytes.subarray(at + headerBytes, at + headerBytes + size);
  if (body.length > 0 && body[0] !== TRACK_BYTE) return undefined;
  if (body.length < size) return 'more';
  const [packet, ...others] = parseWebmBlock(body)?.frames ?? [];
  if (packet === undefined || others.length > 0) return undefined;
  const packetMs = (opusPacketSamples(packet) / OPUS_SAMPLE_RATE) * 1_000;
  if (packetMs === 0) return undefined;
  return { end: at + headerBytes + size, timeMs: body.readInt16BE(1), packetMs, config: packet[0]! >> 3 };
}

function follows(first: OpusBlock, second: OpusBlock): boolean {
  const jitterMs = Math.abs(second.timeMs - first.timeMs - first.packetMs);
  return second.config === first.config && jitterMs <= Math.max(1, first.packetMs * MAX_JITTER);
}
