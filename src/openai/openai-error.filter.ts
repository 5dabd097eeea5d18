import { Catch } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { ErrorCode } from '../common/errors/parley-error.js';
import type { HttpErrorBody } from '../common/errors/error-body.js';
import { HttpErrorFilter } from '../common/http/error.filter.js';
import { openAiStatusOf, toOpenAiError } from './openai-error.js';

const PATH = /^\/v1(?:[/?]|$)/i;

/** Nothing was spent yet, so a client may ask again by itself. */
const UNSPENT = new Set<ErrorCode>(['overloaded', 'rate_limited', 'shutting_down']);

/** Failures below `/v1` in OpenAI's shape, whoever found them, and all others in ours. */
@Catch()
export class OpenAiErrorFilter extends HttpErrorFilter {
  protected override answer(response: Response, body: HttpErrorBody, request: Request): void {
    if (!PATH.test(request.originalUrl)) return super.answer(response, body, request);
    // OpenAI's SDKs obey it. Parley has tried again where that was safe; their tries would multiply ours, and pay twice.
    if (!UNSPENT.has(body.code)) response.setHeader('X-Should-Retry', 'false');
    response.status(openAiStatusOf(body)).json({ error: toOpenAiError(body) });
  }
}
