import type { z } from 'zod';
import { AppConfig } from './app-config.js';
import { envGroups, envSchema } from './env.schema.js';
import { validateEnv } from './load-env.js';
import { workerEnvironment } from './worker-environment.js';

const TABLE = /<!-- env:begin -->[\s\S]*<!-- env:end -->/;

interface VariableDoc {
  name: string;
  fallback: string;
  description: string;
}

/** The content of `.env.example`: every variable in schema order, commented out, with its default. */
export function envExample(): string {
  const groups = Object.entries(envGroups).map(([title, variables]) => {
    const lines = describe(variables).map(
      ({ name, fallback, description }) => `# ${description}\n#${name}=${fallback}`,
    );
    return `# --- ${title} ---\n\n${lines.join('\n\n')}`;
  });
  return `# Copy to .env and uncomment what you change. Written by \`npm run env:docs\`.\n\n${groups.join('\n\n')}\n`;
}

/** What most people set, for the README. */
const FIRST_NAMES: ReadonlySet<string> = new Set([
  'PORT',
  'HOST',
  'API_KEYS',
  'CORS_ORIGINS',
  'ALLOWED_HOSTS',
  'OPENAI_API_KEY',
  'TTS_BASE_URL',
  'CHAT_BASE_URL',
  'CHAT_MODEL',
  'WHISPER_MODEL',
]);

const TABLE_HEAD = ['| variable | default | what it does |', '| --- | --- | --- |'];

/** The table of every variable, by group. */
export function envTable(): string {
  const rows = Object.entries(envGroups).flatMap(([title, variables]) => [
    `| **${title}** | | |`,
    ...describe(variables).map(tableRow),
  ]);
  return [...TABLE_HEAD, ...rows].join('\n');
}

/** The README's table. */
export function firstEnvTable(): string {
  const rows = describe(envSchema.shape).filter(({ name }) => FIRST_NAMES.has(name));
  return [...TABLE_HEAD, ...rows.map(tableRow)].join('\n');
}

function tableRow({ name, fallback, description }: VariableDoc): string {
  return `| \`${name}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${description} |`;
}

export function replaceEnvTable(page: string, table: string): string {
  // Prettier would pad the cells of the whole table for the longest description.
  const body = `<!-- prettier-ignore-start -->\n${table}\n<!-- prettier-ignore-end -->`;
  return page.replace(TABLE, () => `<!-- env:begin -->\n${body}\n<!-- env:end -->`);
}

/**
 * Writes the names of all variables that a service reads into its list in docker-compose.yml. A name without a value is passed on
 * when it is set in `.env` or the shell. What the list fixes above the mark is left out.
 */
export function replaceComposeLists(compose: string): string {
  const lists = { gateway: Object.keys(envSchema.shape), worker: workerVariables() };
  return Object.entries(lists).reduce((text, [service, names]) => {
    const list = new RegExp(
      `(environment:\\n(?: *[-#].*\\n)*? *# ${service}:begin.*\\n)[\\s\\S]*?( *# ${service}:end)`,
    );
    return text.replace(list, (_all, above: string, end: string) => {
      const passed = names.filter((name) => !above.includes(`- ${name}=`));
      return `${above}${passed.map((name) => `      - ${name}\n`).join('')}${end}`;
    });
  }, compose);
}

/** What an embedded worker is given, a worker of its own reads as well. */
function workerVariables(): string[] {
  const given = workerEnvironment(new AppConfig(validateEnv({})), '');
  return Object.keys(envSchema.shape).filter((name) => name in given || name === 'OPENAI_BASE_URL');
}

function describe(variables: Record<string, z.ZodType>): VariableDoc[] {
  return Object.entries(variables).map(([name, schema]) => ({
    name,
    fallback: fallbackOf(schema),
    description: schema.meta()?.description ?? '',
  }));
}

/** The default as one would write it in the file: read by asking the schema what nothing becomes. */
function fallbackOf(schema: z.ZodType): string {
  const { data } = schema.safeParse(undefined);
  if (Array.isArray(data)) return data.join(',');
  return typeof data === 'string' || typeof data === 'number' ? String(data) : '';
}
