import { once } from 'node:events';
import type { Response } from 'express';
import { toHttpErrorBody } from '../../common/errors/error-body.js';
import { toOpenAiError } from '../../openai/openai-error.js';

/**
 * Sends an answer at the reader's pace. A failure in mid-stream is told as OpenAI tells it, and then the connection is cut:
 * no client can take such a body for a whole one.
 */
export async function sendCompletion(
  response: Response,
  isStream: boolean,
  begin: (gone: AbortSignal) => Promise<AsyncIterable<Uint8Array>>,
): Promise<void> {
  const reader = new AbortController();
  response.once('close', () => reader.abort());
  if (response.destroyed) return;
  try {
    const body = await begin(reader.signal);
    response.setHeader('Content-Type', isStream ? 'text/event-stream; charset=utf-8' : 'application/json');
    response.setHeader('Cache-Control', 'no-cache, no-transform');
    response.setHeader('X-Accel-Buffering', 'no');
    for await (const bytes of body)
      if (!response.write(bytes)) await once(response, 'drain', { signal: reader.signal });
    response.end();
  } catch (error) {
    if (reader.signal.aborted) return;
    if (!response.headersSent) throw error;
    // The blank line ends an event that was cut.
    const event = `\n\ndata: ${JSON.stringify({ error: toOpenAiError(toHttpErrorBody(error, null)) })}\n\n`;
    response.write(event, () => response.destroy());
  }
}
