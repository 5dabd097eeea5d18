import { EBML_ID, readElementHeader, readVint, vintBytes } from './ebml.js';

const CLUSTER_START = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);
/** Larger than any block of speech, so that a false find does not keep us waiting for long. */
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
  // Byte by byte, so that what is looked at is passed over: a search for the next cluster would read all of it again for each block.
  for (let at = 0; at < bytes.length; at++) {
    const verdict =
      bytes[at] === EBML_ID.simpleBlock
        ? judgeBlock(bytes, at, track)
        : bytes[at] === CLUSTER_START[0]
          ? judgeCluster(bytes, at)
          : 'no';
    if (verdict !== 'no') return { at, found: verdict === 'yes' };
  }
  return { at: bytes.length, found: false };
}

function judgeCluster(bytes: Buffer, at: number): 'yes' | 'no' | 'more' {
  const known = Math.min(CLUSTER_START.length, bytes.length - at);
  if (bytes.compare(CLUSTER_START, 0, known, at, at + known) !== 0) return 'no';
  return known < CLUSTER_START.length ? 'more' : 'yes';
}

function judgeBlock(bytes: Buffer, at: number, track: number): 'yes' | 'no' | 'more' {
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
