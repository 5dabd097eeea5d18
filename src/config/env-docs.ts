import type { z } from 'zod';
import { envGroups } from './env.schema.js';

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

/** The README's configuration table. */
export function envTable(): string {
  const rows = Object.entries(envGroups).flatMap(([title, variables]) => [
    `| **${title}** | | |`,
    ...describe(variables).map(
      ({ name, fallback, description }) =>
        `| \`${name}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${description} |`,
    ),
  ]);
  return ['| variable | default | what it does |', '| --- | --- | --- |', ...rows].join('\n');
}

export function replaceEnvTable(readme: string, table: string): string {
  // Prettier would pad the cells of the whole table for the longest description.
  const body = `<!-- prettier-ignore-start -->\n${table}\n<!-- prettier-ignore-end -->`;
  return readme.replace(TABLE, () => `<!-- env:begin -->\n${body}\n<!-- env:end -->`);
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
