import { once } from 'node:events';
import type { Response } from 'express';
import { toHttpErrorBody } from '../../common/errors/error-body.js';
import { tellError } from '../../common/errors/error-channel.js';
import { ShuttingDownError } from '../../common/errors/session-errors.js';
import { cutResponse, resetStalledReader } from '../../common/http/cut-response.js';
import { whenOver } from '../../common/http/when-over.js';
import { settlesWithin } from '../../common/streams/settles-within.js';
import { toOpenAiError } from '../../openai/openai-error.js';

export interface SendLimits {
  /** A stream is opened after this long, whether or not the provider has answered. */
  headerDeadlineMs: number;
  /** A reader that reads nothing for this long is cut off. */
  stalledReaderMs: number;
}

/**
 * Sends an answer at the reader's pace. A failure in mid-stream is told as OpenAI tells it, and then the connection is cut:
 * no client can take such a body for a whole one.
 */
export async function sendCompletion(
  response: Response,
  isStream: boolean,
  limits: SendLimits,
  begin: (gone: AbortSignal) => Promise<AsyncIterable<Uint8Array>>,
): Promise<void> {
  const reader = new AbortController();
  const gone = reader.signal;
  whenOver(response, () => reader.abort());
  if (response.destroyed) return;
  resetStalledReader(response, limits.stalledReaderMs);
  try {
    const beginning = begin(gone);
    if (isStream) await openInTime(response, beginning, limits.headerDeadlineMs);
    const body = await beginning;
    if (!response.headersSent) setHeaders(response, isStream);
    for await (const bytes of body)
      if (!response.write(bytes)) await once(response, 'drain', { signal: gone });
    response.end();
  } catch (error) {
    if (gone.aborted) return;
    if (!response.headersSent) throw error;
    const told = toHttpErrorBody(error);
    tellError('http', told.code);
    const event = `data: ${JSON.stringify({ error: toOpenAiError(told) })}\n\n`;
    // We have chosen the place, so the body is brought to an end.
    if (error instanceof ShuttingDownError) return void response.end(event);
    response.write(event);
    await cutResponse(response, true);
  }
}

/** Sends the headers when the provider has not answered in time. Until then its refusal has a status of its own. */
async function openInTime(response: Response, answer: Promise<unknown>, deadlineMs: number): Promise<void> {
  if ((await settlesWithin(answer, deadlineMs)) || response.destroyed) return;
  setHeaders(response, true);
  response.flushHeaders();
}

function setHeaders(response: Response, isStream: boolean): void {
  response.setHeader('Content-Type', isStream ? 'text/event-stream; charset=utf-8' : 'application/json');
  response.setHeader('Cache-Control', 'no-cache, no-transform');
  response.setHeader('X-Accel-Buffering', 'no');
}
