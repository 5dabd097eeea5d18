import type { Request } from 'express';
import { RangeNotSatisfiableError } from '../common/errors/http-errors.js';
import type { KeptSpeech } from './speech.js';

/** Both ends belong to it. */
interface ByteRange {
  start: number;
  end: number;
}

/**
 * Whether a player wants to go on behind the beginning. Chromium's `<audio>` asks for the rest of a body that was cut again and again, and
 * each of these requests would pay for the whole speech anew.
 */
export function isResumption(range: string | undefined): boolean {
  return Number(/^bytes=(\d{1,15})-/.exec(range ?? '')?.[1] ?? 0) > 0;
}

/**
 * Sets the status and headers for the part of a kept speech that was asked for, and gives its bytes. One range is answered with 206,
 * several with the whole, none that fits with 416.
 * @throws RangeNotSatisfiableError when the speech ends before the range
 */
export function answerRange(request: Request, { file, etag }: KeptSpeech): Buffer {
  const response = request.res!;
  const range = askedRange(request, file.length, etag);
  response.setHeader('Accept-Ranges', 'bytes').setHeader('ETag', etag);
  if (range === undefined) return file;
  const { start, end } = range;
  response.status(206).setHeader('Content-Range', `bytes ${start}-${end}/${file.length}`);
  return file.subarray(start, end + 1);
}

/**
 * A suffix longer than the file asks for all of it (RFC 9110, 14.1.2), which the parser of express calls unsatisfiable.
 */
export function isLongSuffix(range: string | undefined, fileBytes: number): boolean {
  const suffix = /^bytes=-(\d+)$/.exec(range ?? '')?.[1];
  return suffix !== undefined && Number(suffix) > fileBytes;
}

/** RFC 9110, sections 13.1.5 and 14.2. Undefined for the whole. */
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
