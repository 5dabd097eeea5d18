import { z } from 'zod';
import { InvalidInputError } from '../../common/errors/caller-errors.js';
import { parseInput } from '../../common/validation/parse-input.js';
import { refuseShape, type ShapeLimits } from '../../common/limits/json-shape.js';
import { membersOf, type JsonMembers } from '../../openai/json-members.js';

/** Only what we look at is checked; the provider knows its own fields best. */
export const completionSchema = z
  .looseObject({
    model: z.string().min(1).max(200).optional(),
    messages: z.array(z.looseObject({ role: z.string() })).min(1),
    stream: z.boolean().nullish(),
  })
  .meta({ examples: [{ messages: [{ role: 'user', content: 'Hello!' }], stream: true }] });

export type CompletionInput = z.output<typeof completionSchema>;

/** @param body the text of the request (`keepsText`) */
export function parseCompletion(
  body: unknown,
  shape: ShapeLimits,
): { input: CompletionInput; members: JsonMembers } {
  const text = typeof body === 'string' ? body : '';
  let value: unknown;
  try {
    value = text === '' ? undefined : JSON.parse(text);
  } catch {
    throw new InvalidInputError('body', 'The body is not valid JSON.');
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  refuseShape(value, shape);
  return { input: parseInput(completionSchema, value), members: isObject ? membersOf(text) : new Map() };
}

/** Characters of all texts within a value. */
export function countChars(value: unknown): number {
  const left = [value];
  let chars = 0;
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === 'string') chars += next.length;
    else if (typeof next === 'object' && next !== null)
      for (const inner of Object.values(next)) left.push(inner);
  }
  return chars;
}
