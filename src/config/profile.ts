import type { z } from 'zod';
import type { Variables } from './config-slice.js';

export type Profile = 'demo' | 'standard';

/** Marks a variable that brings a provider: once one of them is set, `PROFILE=auto` is no demo. */
export function bringsProvider<Schema extends z.ZodType>(schema: Schema): Schema {
  return schema.meta({ ...schema.meta(), bringsProvider: true });
}

/** What `PROFILE` comes to: `auto` is the demo outside production while no variable brings a provider. */
export function profileOf(variables: Variables, env: Readonly<Record<string, unknown>>): Profile {
  if (env.PROFILE === 'demo' || env.PROFILE === 'standard') return env.PROFILE;
  const hasProvider = Object.entries(variables).some(
    ([name, schema]) => schema.meta()?.['bringsProvider'] === true && isSet(env[name]),
  );
  return env.NODE_ENV === 'production' || hasProvider ? 'standard' : 'demo';
}

function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}
