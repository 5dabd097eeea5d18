import type { z } from 'zod';
import { InvalidInputError } from '../errors/caller-errors.js';

/** Validates a caller's input against a schema. The first failing field is named; its value is never repeated. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input, { reportInput: false });
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new InvalidInputError(paramOf(issue), describe(issue));
}

function paramOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return issue.keys[0]!;
  return issue.path.length === 0 ? 'body' : issue.path.join('.');
}

function describe(issue: z.core.$ZodIssue): string {
  const param = paramOf(issue);
  switch (issue.code) {
    case 'invalid_type':
      return `${param} must be a ${issue.expected}.`;
    case 'invalid_value':
      return `${param} must be one of ${issue.values.join(', ')}.`;
    case 'too_small':
      return `${param} is too ${issue.origin === 'number' ? 'small' : 'short'}: at least ${issue.minimum}.`;
    case 'too_big':
      return `${param} is too ${issue.origin === 'number' ? 'large' : 'long'}: at most ${issue.maximum}.`;
    case 'unrecognized_keys':
      return `${param} is not a known field.`;
    default:
      return issue.code === 'custom' ? issue.message : `${param} is not valid.`;
  }
}
