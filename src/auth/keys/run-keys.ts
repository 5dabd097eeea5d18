import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { apiKeyOf, KeyFileError, readKeyFile, writeKeyFile, type KeyRecord } from './key-file.js';
import { alone } from './key-file-lock.js';
import { mintKey, type KeyWish } from './mint-key.js';
import { stateOf } from './api-key.js';

const USAGE = `Usage:
  npm run keys -- create NAME --tenant TENANT --scopes tts,chat [--expires 90d] [--limits JSON] [--as NAME]
                                     make a key; it is shown once. --expires: 30m, 12h, 90d or a date (2027-01-31).
                                     --limits: '{"perDay":{"tokens":100000},"concurrentRuns":4}'
                                     --as: in the name of another key, which gives no more than it has
  npm run keys -- list [--json]      what keys there are
  npm run keys -- revoke NAME        refuse a key from now on, and end what runs with it`;

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export interface KeysCommand {
  file: string;
  maxBytes: number;
  line: (text: string) => void;
}

/** The command line of the keys. Gives the exit code. */
export async function runKeys(args: readonly string[], keys: KeysCommand): Promise<number> {
  const given = parse(args);
  if (!given) {
    keys.line(USAGE);
    return 2;
  }
  const { command, name, values } = given;
  try {
    if (command === 'list') return await list(keys, values.json);
    return await alone(keys.file, () =>
      command === 'create' ? create(keys, name, values) : revoke(keys, name),
    );
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    keys.line(`${keys.file}: ${error.message}`);
    return 1;
  }
}

type Given = NonNullable<ReturnType<typeof parse>>;

function parse(args: readonly string[]) {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        tenant: { type: 'string' },
        scopes: { type: 'string' },
        expires: { type: 'string' },
        limits: { type: 'string' },
        as: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const [command, name = '', ...more] = positionals;
    const isNamed = command === 'create' || command === 'revoke';
    if (more.length > 0 || (command !== 'list' && !isNamed) || isNamed !== (name !== '')) return undefined;
    return { command, name, values };
  } catch {
    return undefined;
  }
}

async function create(keys: KeysCommand, name: string, values: Given['values']): Promise<number> {
  const nowMs = Date.now();
  const isNew = !existsSync(keys.file);
  const records = isNew ? [] : await readKeyFile(keys.file, keys.maxBytes);
  if (find(records, name))
    throw new KeyFileError(`There is a key of the name ${name}. Names are given once.`);
  const minter = values.as === undefined ? undefined : named(records, values.as);
  const wish: KeyWish = {
    name,
    tenant: values.tenant,
    scopes: values.scopes?.split(',').map((scope) => scope.trim()),
    expiresAt: values.expires === undefined ? undefined : expiryOf(values.expires, nowMs),
    limits: values.limits === undefined ? undefined : limitsOf(values.limits),
  };
  const [key, record] = mintKey(wish, minter, nowMs);
  await writeKeyFile(keys.file, [...records, record]);
  keys.line(`Give this to the caller, it is shown only now:   ${key}`);
  keys.line(`It is ${describe(record, nowMs)}.`);
  if (isNew) keys.line('The file is new: a server reads it once it was started with API_KEYS_FILE.');
  return 0;
}

async function list({ file, maxBytes, line }: KeysCommand, asJson: boolean): Promise<number> {
  const nowMs = Date.now();
  const records = await readKeyFile(file, maxBytes);
  if (asJson) {
    const shown = records.map(({ sha256: _hash, ...record }) => {
      const key = apiKeyOf({ ...record, sha256: _hash });
      return { ...record, keyId: key.keyId, state: stateOf(key, nowMs) };
    });
    line(JSON.stringify(shown, null, 2));
  } else for (const record of records) line(describe(record, nowMs));
  return 0;
}

async function revoke({ file, maxBytes, line }: KeysCommand, name: string): Promise<number> {
  const records = await readKeyFile(file, maxBytes);
  const { revokedAt } = named(records, name);
  if (revokedAt === undefined) {
    const now = new Date().toISOString();
    await writeKeyFile(
      file,
      records.map((record) => (record.name === name ? { ...record, revokedAt: now } : record)),
    );
  }
  line(`${name} is revoked since ${revokedAt ?? 'now'}.`);
  return 0;
}

function find(records: readonly KeyRecord[], name: string): KeyRecord | undefined {
  return records.find((record) => record.name === name);
}

function named(records: readonly KeyRecord[], name: string): KeyRecord {
  const record = find(records, name);
  if (!record) throw new KeyFileError(`There is no key of the name ${name}.`);
  return record;
}

function describe(record: KeyRecord, nowMs: number): string {
  const { name, tenant, scopes, expiresAt, limits } = record;
  const key = apiKeyOf(record);
  return [
    `${name} (${key.keyId}) of ${tenant}`,
    stateOf(key, nowMs),
    scopes.join(' '),
    expiresAt === undefined ? 'never expires' : `until ${expiresAt}`,
    ...(limits ? [JSON.stringify(limits)] : []),
  ].join(', ');
}

function expiryOf(text: string, nowMs: number): string {
  const match = /^(\d{1,6})([mhd])$/.exec(text);
  const atMs = match
    ? nowMs + Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]
    : /^\d{4}-\d\d-\d\d/.test(text)
      ? Date.parse(text)
      : Number.NaN;
  if (Number.isNaN(atMs)) throw new KeyFileError('--expires must be like 30m, 12h, 90d or 2027-01-31.');
  return new Date(atMs).toISOString();
}

function limitsOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new KeyFileError('--limits is not JSON.');
  }
}
