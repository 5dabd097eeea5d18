import { InvalidInputError } from '../errors/caller-errors.js';

export interface ShapeLimits {
  /** Levels of objects and arrays. */
  maxDepth: number;
  /** Total number of fields and items. */
  maxValues: number;
}

/**
 * Checks the shape of a parsed value: `deep` when recursive code would overflow the stack, `many` when validation would take seconds (a
 * schema takes some microseconds for each invalid value, and a megabyte holds half a million values). Visits level by level instead of
 * recursing, because the value is not trusted.
 */
export function shapeFault(
  value: unknown,
  { maxDepth, maxValues }: ShapeLimits,
): 'deep' | 'many' | undefined {
  let level = [value].filter(isContainer);
  let values = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === maxDepth) return 'deep';
    const below: object[] = [];
    for (const container of level) {
      const items: unknown[] = Array.isArray(container) ? container : Object.values(container);
      values += items.length;
      if (values > maxValues) return 'many';
      for (const item of items) if (isContainer(item)) below.push(item);
    }
    level = below;
  }
  return undefined;
}

/** @throws InvalidInputError for a body of such a shape */
export function refuseShape(body: unknown, limits: ShapeLimits): void {
  switch (shapeFault(body, limits)) {
    case 'deep':
      throw new InvalidInputError(
        'body',
        `The body is nested too deeply: at most ${limits.maxDepth} levels.`,
      );
    case 'many':
      throw new InvalidInputError('body', `The body holds too many values: at most ${limits.maxValues}.`);
    default:
  }
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
