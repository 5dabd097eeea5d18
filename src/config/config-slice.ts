import type { z } from 'zod';
import type { Profile } from './profile.js';

export type Variables = Readonly<Record<string, z.ZodType>>;

/** Validated variables, as their schemas put them out. */
export type EnvOf<V extends Variables> = { readonly [Name in keyof V]: z.output<V[Name]> };

/**
 * One feature's part of the configuration: the variables it owns, and the values it makes of the environment. It is a factory as
 * `registerAs` of `@nestjs/config` makes them, but for the validated environment that it is given, and is injected in the same way:
 * `@Inject(ttsConfig.KEY) config: ConfigType<typeof ttsConfig>`. It imports nothing of Nest, as the worker has slices too.
 */
export interface ConfigSlice<Namespace extends string, V extends Variables, Env, Values extends object> {
  (env: Env): Values;
  /** The name under which `@nestjs/config` registers the values. */
  readonly namespace: Namespace;
  /** The token under which `@nestjs/config` provides the values. */
  readonly KEY: `CONFIGURATION(${Namespace})`;
  /** The heading of these variables in `.env.example` and docs/configuration.md. */
  readonly title: string;
  readonly variables: V;
}

export type AnySlice = ConfigSlice<string, Variables, never, object>;

/** @param read makes the values of the validated environment; it may read variables of slices that are listed with this one */
export function configSlice<const Namespace extends string, V extends Variables, Env, Values extends object>(
  namespace: Namespace,
  title: string,
  variables: V,
  read: (env: Env) => Values,
): ConfigSlice<Namespace, V, Env, Values> {
  return Object.assign(read, { namespace, KEY: `CONFIGURATION(${namespace})`, title, variables } as const);
}

export type ConfigOf<Slices extends readonly AnySlice[]> = {
  readonly [Slice in Slices[number] as Slice['namespace']]: ReturnType<Slice>;
};

type Intersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  each: infer All,
) => void
  ? All
  : never;

/** The environment of several slices, in which `PROFILE` is decided. */
type SettledEnv<Slices extends readonly AnySlice[]> = Omit<
  Intersection<EnvOf<Slices[number]['variables']>>,
  'PROFILE'
> & { readonly PROFILE: Profile };

type NeededEnv<Slices extends readonly AnySlice[]> = Slices[number] extends (env: infer Env) => unknown
  ? Env
  : never;

/** Refuses, when it is compiled, a list with a slice that reads a variable of none of them. */
export type Complete<Slices extends readonly AnySlice[]> =
  SettledEnv<Slices> extends NeededEnv<Slices>
    ? unknown
    : 'a slice reads a variable of no slice in this list';
