import type { AnySlice, Complete, ConfigOf, Variables } from './config-slice.js';
import { validateEnv } from './load-env.js';
import { profileOf } from './profile.js';

/** The variables of all slices, in their order. */
export function variablesOf(slices: readonly AnySlice[]): Variables {
  return Object.assign({}, ...slices.map(({ variables }) => variables)) as Variables;
}

/**
 * Validates the variables of all slices and makes the values of each, under its namespace.
 * @param raw variables as the process has them; names that no slice owns are ignored
 * @throws ConfigError that names every variable that cannot be
 */
export function readSlices<const Slices extends readonly AnySlice[]>(
  slices: Slices & Complete<Slices>,
  raw: Record<string, string | undefined>,
): ConfigOf<Slices> {
  const list: readonly AnySlice[] = slices;
  const variables = variablesOf(list);
  const env = validateEnv(variables, raw);
  const settled = { ...env, PROFILE: profileOf(variables, env) };
  const values = list.map((slice) => [slice.namespace, slice(settled as never)] as const);
  return Object.fromEntries(values) as ConfigOf<Slices>;
}
