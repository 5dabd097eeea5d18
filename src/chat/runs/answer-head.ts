import type { Response } from 'express';

/** What a GET at this address would answer with, without the answer. */
export function answerHead(response: Response): void {
  response.status(200).setHeader('Content-Type', 'text/event-stream').end();
}
