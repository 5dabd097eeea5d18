import { InvalidInputError } from '../errors/caller-errors.js';

/**
 * Whether objects and arrays lie more than `maxDepth` levels inside one another. Level by level instead of by recursion: what asks
 * may come from anybody, and validation and serialisation behind it do recurse.
 */
export function isNestedDeeper(value: unknown, maxDepth: number): boolean {
  let level = [value].filter(isContainer);
  for (let depth = 0; depth < maxDepth && level.length > 0; depth += 1) {
    const below: object[] = [];
    for (const container of level)
      for (const item of Object.values(container) as unknown[]) if (isContainer(item)) below.push(item);
    level = below;
  }
  return level.length > 0;
}

/** @throws InvalidInputError when a body is nested more deeply than that */
export function refuseNesting(body: unknown, maxDepth: number): void {
  if (isNestedDeeper(body, maxDepth))
    throw new InvalidInputError('body', `The body is nested too deeply: at most ${maxDepth} levels.`);
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
