import { readVint, vintBytes } from './ebml.js';

/** Time code and flags, behind the track number. */
const TIMECODE_AND_FLAGS_BYTES = 3;
const LACING_XIPH = 1;
const LACING_FIXED = 2;
const LACING_EBML = 3;

export interface WebmBlock {
  track: number;
  frames: Buffer[];
}

/** A (Simple)Block with its frames unlaced; undefined when it is damaged. https://www.matroska.org/technical/notes.html */
export function parseWebmBlock(body: Buffer): WebmBlock | undefined {
  const trackBytes = body.length === 0 ? 9 : vintBytes(body[0]!);
  const flagsAt = trackBytes + TIMECODE_AND_FLAGS_BYTES - 1;
  if (trackBytes > 8 || flagsAt >= body.length) return undefined;
  const track = readVint(body, 0, trackBytes);
  if (track === undefined) return undefined;
  const lacing = (body[flagsAt]! >> 1) & 3;
  const frames = lacing === 0 ? [body.subarray(flagsAt + 1)] : unlace(body, flagsAt + 1, lacing);
  return frames === undefined ? undefined : { track, frames };
}

function unlace(body: Buffer, offset: number, lacing: number): Buffer[] | undefined {
  if (offset >= body.length) return undefined;
  const count = body[offset]! + 1;
  const table =
    lacing === LACING_FIXED
      ? fixedSizes(body.length - offset - 1, offset + 1, count)
      : lacing === LACING_XIPH
        ? xiphSizes(body, offset + 1, count)
        : lacing === LACING_EBML
          ? ebmlSizes(body, offset + 1, count)
          : undefined;
  return table === undefined ? undefined : cut(body, table);
}

interface LaceTable {
  /** Sizes of all frames but the last, which takes the rest. */
  sizes: number[];
  bodyAt: number;
}

function fixedSizes(total: number, bodyAt: number, count: number): LaceTable | undefined {
  if (total % count !== 0) return undefined;
  return { sizes: Array.from({ length: count - 1 }, () => total / count), bodyAt };
}

function xiphSizes(body: Buffer, start: number, count: number): LaceTable | undefined {
  let at = start;
  const sizes: number[] = [];
  while (sizes.length < count - 1) {
    let size = 0;
    let part: number;
    do {
      if (at >= body.length) return undefined;
      part = body[at++]!;
      size += part;
    } while (part === 255);
    sizes.push(size);
  }
  return { sizes, bodyAt: at };
}

/** The first size is absolute, the others are differences to the one before, coded around the middle of their range. */
function ebmlSizes(body: Buffer, start: number, count: number): LaceTable | undefined {
  let at = start;
  const sizes: number[] = [];
  while (sizes.length < count - 1) {
    const length = at < body.length ? vintBytes(body[at]!) : 9;
    if (length > 8 || at + length > body.length) return undefined;
    const value = readVint(body, at, length);
    if (value === undefined) return undefined;
    const last = sizes.at(-1);
    sizes.push(last === undefined ? value : last + value - (2 ** (7 * length - 1) - 1));
    at += length;
  }
  return { sizes, bodyAt: at };
}

function cut(body: Buffer, { sizes, bodyAt }: LaceTable): Buffer[] | undefined {
  let at = bodyAt;
  const frames: Buffer[] = [];
  for (const size of sizes) {
    if (size < 0 || at + size > body.length) return undefined;
    frames.push(body.subarray(at, at + size));
    at += size;
  }
  frames.push(body.subarray(at));
  return frames;
}
