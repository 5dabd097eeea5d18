import type { Response } from 'express';
import { CONTENT_TYPES } from '../../audio/encoding/audio-format.js';
import { NotFoundError } from '../../common/errors/caller-errors.js';
import { PreconditionFailedError, RangeNotSatisfiableError } from '../../common/errors/http-errors.js';
import { isLongSuffix } from '../speech-range.js';
import type { Clip } from './clip-store.js';

const EXPOSED = 'Accept-Ranges, Content-Length, Content-Range, ETag, X-Request-Id';

/**
 * Sends a clip, or the part of it that was asked for. Conditional requests and ranges (RFC 9110) are the business of `send`,
 * which express brings: one range is answered with 206, several with the whole, none that fits with 416.
 */
export async function sendClip(response: Response, clip: Clip): Promise<void> {
  const secondsLeft = Math.max(0, Math.floor((clip.expiresAt - Date.now()) / 1_000));
  response.setHeader('Content-Type', CONTENT_TYPES[clip.format]);
  response.setHeader('ETag', clip.etag);
  // Who has the address may play it, in a page of any site: also one that draws its waveform, or is isolated.
  if (!response.hasHeader('Access-Control-Allow-Origin'))
    response
      .setHeader('Access-Control-Allow-Origin', '*')
      .setHeader('Access-Control-Expose-Headers', EXPOSED);
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
  response.setHeader('Cache-Control', `private, max-age=${secondsLeft}, immutable`);
  const { headers } = response.req;
  if (isLongSuffix(headers.range, clip.bytes)) headers.range = 'bytes=0-';
  try {
    await sendFile(response, clip.path);
  } catch (error) {
    if (response.headersSent) return;
    response.removeHeader('ETag');
    response.setHeader('Cache-Control', 'no-store');
    throw toParleyError(error);
  }
}

function sendFile(response: Response, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = {
      acceptRanges: true,
      cacheControl: false,
      dotfiles: 'allow',
      lastModified: false,
    } as const;
    response.sendFile(path, options, (error?: Error) => (error ? reject(error) : resolve()));
  });
}

function toParleyError(error: unknown): unknown {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  switch (status) {
    case 404:
      return new NotFoundError('There is no such clip any more.');
    case 412:
      return new PreconditionFailedError('The clip is not the one that was expected.');
    case 416:
      return new RangeNotSatisfiableError('The clip ends before this range.');
    default:
      return error;
  }
}
