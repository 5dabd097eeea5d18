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
  const cluster = bytes.indexOf(CLUSTER_START);
  const end = cluster >= 0 ? cluster : bytes.length;
  for (
    let at = bytes.indexOf(EBML_ID.simpleBlock);
    at >= 0 && at < end;
    at = bytes.indexOf(EBML_ID.simpleBlock, at + 1)
  ) {
    const verdict = judgeBlock(bytes, at, track);
    if (verdict !== 'no') return { at, found: verdict === 'yes' };
  }
  if (cluster >= 0) return { at: cluster, found: true };
  return { at: Math.max(0, bytes.length - CLUSTER_START.length + 1), found: false };
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
