import { httpStatusOf, type HttpErrorBody } from '../common/errors/error-body.js';

/** The error object of OpenAI's API. */
export interface OpenAiErrorBody {
  message: string;
  type: string;
  param: string | null;
  code: string | null;
}

export function toOpenAiError({ message, type, param, code }: HttpErrorBody): OpenAiErrorBody {
  return { message, type, param, code };
}

/** OpenAI answers 400 to a text that is too long, 413 to a body. */
export function openAiStatusOf({ code, param }: Pick<HttpErrorBody, 'code' | 'param'>): number {
  return code === 'too_large' && param !== 'body' ? 400 : httpStatusOf(code);
}
