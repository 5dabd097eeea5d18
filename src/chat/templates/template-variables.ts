import { z } from 'zod';

const MAX_SHORT_CHARS = 500;

/** A few words. */
export const shortText = z.string().trim().min(1).max(MAX_SHORT_CHARS);
/** As much as the server takes (CHAT_MAX_INPUT_CHARS). */
export const longText = z.string().trim().min(1);
/** Also as text, for queries. */
export const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** Language of the answer, e.g. `Korean`; without it the language of the input. */
export const language = z.string().trim().min(1).max(50).optional();

export function answerIn(name: string | undefined): string {
  return name === undefined ? 'Answer in the language of the input.' : `Answer in ${name}.`;
}

const sourceSchema = z.strictObject({
  title: shortText,
  kind: z.string().min(1).max(50).default('document'),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .optional(),
  snippet: z.string().max(20_000).optional(),
});
export type SourceInput = z.output<typeof sourceSchema>;

/** Sources that the caller brings; a JSON text in queries. */
export const sources = z.preprocess((value) => {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}, z.array(sourceSchema).max(50).default([]));

/** Sources as material for a prompt, numbered as their events are. */
export function quoteSources(given: readonly SourceInput[]): string {
  if (given.length === 0) return '';
  const lines = given.map(
    ({ title, snippet }, index) => `[${index + 1}] ${title}${snippet ? `: ${snippet}` : ''}`,
  );
  return `\n\nSources:\n${lines.join('\n')}`;
}
