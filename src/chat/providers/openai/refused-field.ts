import { APIError } from 'openai';
import { OMITTABLE_FIELDS, type OmittableField } from '../../chat.config.js';

/** What services call a field that their model does not take. A value out of its range is none of it. */
const UNSUPPORTED =
  /unsupported|not supported|not support|n['’]t support|unrecogni[sz]ed|unknown (?:name|field|param|arg|key)|unexpected (?:keyword|field|param|arg)|extra[_ ](?:input|field|forbidden)|not permitted|deprecated|cannot both/i;

const UNSUPPORTED_CODE = /^(?:unsupported|unknown)_(?:parameter|value|field|argument)$/;

/**
 * The field that the service does without, if that is why it refused the request. Recognised by its code (OpenAI, Azure), or by
 * what it says (vLLM, Mistral, Groq, LiteLLM, xAI, Google), which is in as many shapes as there are services. A wrong guess costs
 * one more refusal: nothing is kept unless the request is then accepted.
 * @param isSent whether the field was in the request
 */
export function refusedField(
  error: unknown,
  isSent: (field: OmittableField) => boolean,
): OmittableField | undefined {
  if (!(error instanceof APIError) || (error.status !== 400 && error.status !== 422)) return undefined;
  const candidates = OMITTABLE_FIELDS.filter(isSent);
  const isByCode = typeof error.code === 'string' && UNSUPPORTED_CODE.test(error.code);
  if (!isByCode && !UNSUPPORTED.test(error.message)) return undefined;
  if (typeof error.param === 'string' && error.param !== '') {
    const [named] = error.param.split('.');
    return candidates.find((field) => field === named);
  }
  return candidates
    .map((field) => ({ field, at: placeOf(field, error.message) }))
    .filter(({ at }) => at >= 0)
    .toSorted((a, b) => a.at - b.at)[0]?.field;
}

/** Where a text names the field, also in the camel case of some services. */
function placeOf(field: string, text: string): number {
  const camel = field.replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase());
  return text.search(new RegExp(`(?<![A-Za-z_])(?:${field}|${camel})(?![A-Za-z_])`));
}
