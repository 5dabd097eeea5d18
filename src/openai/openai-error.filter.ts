import { Catch } from '@nestjs/common';
import type { Response } from 'express';
import type { HttpErrorBody } from '../common/errors/error-body.js';
import { HttpErrorFilter } from '../common/http/error.filter.js';
import { openAiStatusOf, toOpenAiError } from './openai-error.js';

/** Failures below `/v1`, in OpenAI's shape. */
@Catch()
export class OpenAiErrorFilter extends HttpErrorFilter {
  protected override answer(response: Response, body: HttpErrorBody): void {
    response.status(openAiStatusOf(body)).json({ error: toOpenAiError(body) });
  }
}
