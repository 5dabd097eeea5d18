import type { Request } from 'express';
import { RangeNotSatisfiableError } from '../common/errors/http-errors.js';
import { isLongSuffix } from './clips/clip-response.js';
import { audioBody, type SpeechBody } from './speech-response.js';
import type { Speech } from './speech.js';

/** Both ends belong to it. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Where a player wants to go on, when that is not the beginning: Chromium's `<audio>` asks for the rest of a body that was cut,
 * again and again, and each of these requests would pay for the whole speech anew.
 */
export function resumptionOffset(range: string | undefined): number | undefined {
  const offset = Number(/^bytes=(\d{1,15})-/.exec(range ?? '')?.[1] ?? 0);
  return offset > 0 ? offset : undefined;
}

/**
 * A speech that is kept can be seeked, as a clip can: one range is answered with 206, several with the whole, none that fits with 416. One
 * that is being spoken has no length yet and comes as it is.
 */
export function seekableBody(request: Request): (speech: Speech) => SpeechBody {
  return (speech) => {
    const body = audioBody(speech);
    const { totalBytes, etag } = speech;
    if (totalBytes === undefined || etag === undefined) return body;
    const headers = { 'Accept-Ranges': 'bytes', ETag: etag };
    const range = askedRange(request, totalBytes, etag);
    if (range === undefined) return { ...body, headers };
    const { start, end } = range;
    return {
      ...body,
      status: 206,
      totalBytes: end - start + 1,
      headers: { ...headers, 'Content-Range': `bytes ${start}-${end}/${totalBytes}` },
      chunks: partOf(speech.audio, range),
    };
  };
}

/**
 * RFC 9110, sections 13.1.5 and 14.2.
 * @returns undefined for the whole
 * @throws RangeNotSatisfiableError when it ends before the range
 */
function askedRange(request: Request, totalBytes: number, etag: string): ByteRange | undefined {
  const { range, 'if-range': condition } = request.headers;
  if (range === undefined || (condition !== undefined && condition !== etag)) return undefined;
  if (isLongSuffix(range, totalBytes)) return { start: 0, end: totalBytes - 1 };
  const ranges = request.range(totalBytes, { combine: true });
  if (ranges === -1) {
    request.res!.setHeader('Content-Range', `bytes */${totalBytes}`);
    throw new RangeNotSatisfiableError('The speech ends before this range.');
  }
  if (!Array.isArray(ranges) || ranges.type !== 'bytes' || ranges.length !== 1) return undefined;
  return ranges[0];
}

async function* partOf(
  audio: AsyncIterable<Uint8Array>,
  { start, end }: ByteRange,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of audio) {
    const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end + 1 - at));
    at += chunk.length;
    if (part.length > 0) yield part;
  }
}
