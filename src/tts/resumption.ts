import type { ServerResponse } from 'node:http';
import { CONTENT_TYPES } from '../audio/encoding/audio-format.js';
import { NotFoundError } from '../common/errors/caller-errors.js';
import { RangeNotSatisfiableError } from '../common/errors/http-errors.js';
import type { Speech } from './speech.js';

/**
 * Where a player wants to go on, when that is not the beginning: Chromium's `<audio>` asks for the rest of a body that was cut,
 * again and again, and each of these requests would pay for the whole speech anew.
 */
export function resumptionOffset(range: string | undefined): number | undefined {
  const offset = Number(/^bytes=(\d{1,15})-/.exec(range ?? '')?.[1] ?? 0);
  return offset > 0 ? offset : undefined;
}

/**
 * Sends the rest of a speech that is kept.
 * @throws NotFoundError when it is not: nothing is spent and the player fails. After a 416 Chromium would call it ended.
 * @throws RangeNotSatisfiableError when the speech ends before
 */
export async function sendRest(
  response: ServerResponse,
  speech: Speech | undefined,
  offset: number,
): Promise<void> {
  if (speech === undefined) throw new NotFoundError('This speech is not kept, so it cannot be resumed.');
  const { totalBytes = 0 } = speech;
  if (offset >= totalBytes) throw new RangeNotSatisfiableError('The speech ends before this range.');
  const file: Uint8Array[] = [];
  for await (const chunk of speech.audio) file.push(chunk);
  response.writeHead(206, {
    'Content-Type': CONTENT_TYPES[speech.format],
    'Content-Length': totalBytes - offset,
    'Content-Range': `bytes ${offset}-${totalBytes - 1}/${totalBytes}`,
    'Cache-Control': 'no-store',
    'X-TTS-Provider': speech.provider,
    'X-TTS-Cache': speech.source,
  });
  response.end(Buffer.concat(file).subarray(offset));
}
