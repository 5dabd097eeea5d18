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

/** OpenAI answers 400 to a text that is too long. */
export function openAiStatusOf({ code }: HttpErrorBody): number {
  return code === 'too_large' ? 400 : httpStatusOf(code);
}
