import type { z } from 'zod';
import { InvalidInputError } from '../errors/caller-errors.js';

/** Names of fields are the caller's own, and so of any length. */
const MAX_PARAM_CHARS = 128;

/**
 * Validates what no pipe can: an input whose schema is known only at run time, or that comes by no route.
 * @throws InvalidInputError naming the first failing field
 */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input, { reportInput: false });
  if (result.success) return result.data;
  throw toInputError(result.error.issues, input);
}

/** The error of an input that failed its schema. It names the field and never repeats its value. */
export function toInputError(issues: readonly z.core.$ZodIssue[], input: unknown): InvalidInputError {
  if (input === undefined)
    return new InvalidInputError(
      'body',
      'A JSON object is needed (over HTTP with Content-Type: application/json).',
    );
  // A misspelt field leaves the right one missing as well; the misspelt one says more.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!;
  return new InvalidInputError(paramOf(issue), describe(issue));
}

function paramOf(issue: z.core.$ZodIssue): string {
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path;
  return path.length === 0 ? 'body' : path.join('.').slice(0, MAX_PARAM_CHARS);
}

function describe(issue: z.core.$ZodIssue): string {
  const param = paramOf(issue);
  switch (issue.code) {
    case 'invalid_type':
      return `${param} must be ${withArticle(issue.expected)}.`;
    case 'invalid_value':
      return `${param} must be one of ${issue.values.join(', ')}.`;
    case 'too_small':
      return `${param} is too ${isNumber(issue.origin) ? 'small' : 'short'}: at least ${issue.minimum}.`;
    case 'too_big':
      return `${param} is too ${isNumber(issue.origin) ? 'large' : 'long'}: at most ${issue.maximum}.`;
    case 'unrecognized_keys':
      return `${param} is not a known field.`;
    default:
      return issue.code === 'custom' ? issue.message : `${param} is not valid.`;
  }
}

function withArticle(type: string): string {
  if (type === 'int') return 'a whole number';
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}

function isNumber(origin: string): boolean {
  return origin === 'number' || origin === 'int';
}
