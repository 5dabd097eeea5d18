import type { z } from 'zod';
import type { AnySlice, Variables } from './config-slice.js';
import { variablesOf } from './read-slices.js';

const TABLE = /<!-- env:begin -->[\s\S]*<!-- env:end -->/;

interface VariableDoc {
  name: string;
  fallback: string;
  description: string;
}

/** The content of `.env.example`: every variable in the order of the slices, commented out, with its default. */
export function envExample(slices: readonly AnySlice[]): string {
  const groups = groupsOf(slices).map(([title, variables]) => {
    const lines = describe(variables).map(
      ({ name, fallback, description }) => `# ${description}\n#${name}=${fallback}`,
    );
    return `# --- ${title} ---\n\n${lines.join('\n\n')}`;
  });
  return `# Copy to .env and uncomment what you change. Written by \`npm run env:docs\`.\n\n${groups.join('\n\n')}\n`;
}

const TABLE_HEAD = ['| variable | default | what it does |', '| --- | --- | --- |'];

/** The table of every variable, by group. */
export function envTable(slices: readonly AnySlice[]): string {
  const rows = groupsOf(slices).flatMap(([title, variables]) => [
    `| **${title}** | | |`,
    ...describe(variables).map(tableRow),
  ]);
  return [...TABLE_HEAD, ...rows].join('\n');
}

/** The table of some variables. */
export function shortEnvTable(slices: readonly AnySlice[], names: readonly string[]): string {
  const rows = describe(variablesOf(slices)).filter(({ name }) => names.includes(name));
  return [...TABLE_HEAD, ...rows.map(tableRow)].join('\n');
}

/** Slices under one title are one group. */
function groupsOf(slices: readonly AnySlice[]): [title: string, variables: Variables][] {
  const titles = [...new Set(slices.map(({ title }) => title))];
  return titles.map((title) => [title, variablesOf(slices.filter((each) => each.title === title))]);
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
 * Writes the names of the variables of each service into its list in docker-compose.yml. A name without a value is passed on
 * when it is set in `.env` or the shell. What the list fixes above the mark is left out.
 */
export function replaceComposeLists(compose: string, lists: Record<string, readonly string[]>): string {
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

function describe(variables: Variables): VariableDoc[] {
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
