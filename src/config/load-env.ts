import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import type { EnvOf, Variables } from './config-slice.js';

/** The configuration is unusable. The message names variables, never their values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly exitCode: number = 78; // EX_CONFIG of sysexits.h
}

/** Validates raw variables. Empty values count as unset, so that compose may pass `${KEY:-}` through. */
export function validateEnv<V extends Variables>(
  variables: V,
  raw: Record<string, string | undefined>,
): EnvOf<V> {
  const result = z.object(variables).safeParse(withoutEmpty(raw), { reportInput: false });
  if (result.success) return result.data as EnvOf<V>;
  throw new ConfigError(describeIssues(result.error));
}

/**
 * The process's own variables above those of the `.env` file, if there is one.
 * @param envFile read unless `PARLEY_ENV_FILE` of the process names another one, or `none`
 */
export function readVariables(
  envFile: string,
  own: NodeJS.ProcessEnv = process.env,
): Record<string, string | undefined> {
  return { ...readEnvFile(envFile, own.PARLEY_ENV_FILE), ...withoutEmpty(own) };
}

/**
 * Puts variables of the `.env` file, whose names begin so, among those of the process: for libraries that read them there.
 * @returns all of them, as they hold now
 */
export function adoptVariables(
  envFile: string,
  prefix: string,
  own: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const found = Object.entries(readVariables(envFile, own)).filter(
    (entry): entry is [string, string] => entry[0].startsWith(prefix) && entry[1] !== undefined,
  );
  const adopted = Object.fromEntries(found);
  Object.assign(own, adopted);
  return adopted;
}

function withoutEmpty(raw: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined && value !== ''));
}

function readEnvFile(usual: string, named: string | undefined): Record<string, string | undefined> {
  if (named === 'none') return {};
  const path = named === undefined || named === '' ? usual : resolve(named);
  // The usual file is optional; one that was asked for by name is not.
  if (path === usual && !existsSync(path)) return {};
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch {
    throw new ConfigError(`${path === usual ? '.env' : 'PARLEY_ENV_FILE'}: the file cannot be read`);
  }
}

function describeIssues(error: z.ZodError): string {
  const lines = error.issues.map((issue) => `  ${String(issue.path[0])}: ${reasonOf(issue)}`);
  return `Configuration is not valid:\n${[...new Set(lines)].join('\n')}`;
}

/** Zod's own messages may repeat the value it got, which may be a secret; these do not. */
function reasonOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'too_small':
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    case 'invalid_type':
      return issue.expected === 'int' ? 'must be a whole number' : `must be a ${issue.expected}`;
    case 'invalid_format':
      return issue.message.startsWith('must be') ? issue.message : `must be a valid ${issue.format}`;
    default:
      return 'is not valid';
  }
}
