import { OPUS_SAMPLE_RATE, opusPacketSamples } from '../opus/opus-packet.js';
import { EBML_ID, readElementHeader } from './ebml.js';
import { parseWebmBlock } from './webm-block.js';

/** The track that recorders of speech write: their first one. */
const TRACK = 1;
const TRACK_BYTE = 0x80 | TRACK;
/** Track number, time code and flags. */
const BLOCK_HEAD_BYTES = 4;
/** No block of speech is larger; the room that the decoder has for a packet. */
const MAX_BLOCK_BYTES = 3_840 + BLOCK_HEAD_BYTES;
/** Times of blocks are rounded to milliseconds, and those of captured audio waver. */
const MAX_WAVER = 1 / 4;

/**
 * Header of a live WebM with Opus in track 1 and nothing known of the recorder. Before the blocks of a recording whose own header
 * is lost it makes a recording of them.
 */
export const OPUS_WEBM_HEADER = Buffer.concat([
  Buffer.from('1a45dfa38442868101', 'hex'), // EBML, version 1
  Buffer.from('1853806701ffffffffffffff', 'hex'), // Segment of unknown size
  Buffer.from('1654ae6b8dae8bd781018686', 'hex'), // Tracks: one entry, number 1, codec of six letters
  Buffer.from('A_OPUS'),
]);

/**
 * Where a live WebM goes on behind a gap: the first of two blocks that follow each other and hold Opus of the same kind, as long
 * as the time between them. So much agrees by chance in nothing else.
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
  if (size <= BLOCK_HEAD_BYTES || size > MAX_BLOCK_BYTES) return undefined;
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
  const waverMs = Math.abs(second.timeMs - first.timeMs - first.packetMs);
  return second.config === first.config && waverMs <= Math.max(1, first.packetMs * MAX_WAVER);
}
