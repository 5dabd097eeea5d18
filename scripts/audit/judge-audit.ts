import { z } from 'zod';
import type { KnownAdvisory } from './known-advisories.js';

/** What is read of `npm audit --json`. A package that only needs an affected one names it by its name. */
const reportSchema = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({
      via: z.array(
        z.union([
          z.string(),
          z.object({ url: z.string(), title: z.string(), name: z.string(), severity: z.string() }),
        ]),
      ),
    }),
  ),
});

/**
 * What is to be done about an audit: a line for every advisory that nobody has explained, and for every explanation that is needed no more.
 * @throws when the report is none, e.g. because the registry did not answer
 */
export function judgeAudit(report: unknown, known: readonly KnownAdvisory[]): string[] {
  const { vulnerabilities } = reportSchema.parse(report);
  const found = Object.values(vulnerabilities)
    .flatMap(({ via }) => via)
    .filter((each) => typeof each === 'object')
    .map(({ url, title, name, severity }) => ({
      id: url.slice(url.lastIndexOf('/') + 1),
      name,
      title,
      severity,
    }));
  const isExplained = (id: string, name: string): boolean =>
    known.some((each) => each.id === id && each.package === name && each.reason !== '');
  return [
    ...new Set([
      ...found
        .filter(({ id, name }) => !isExplained(id, name))
        .map(({ id, name, title, severity }) => `${name}: ${title} (${severity}, ${id})`),
      ...known
        .filter(({ id }) => !found.some((each) => each.id === id))
        .map(({ id, package: name }) => `${name}: ${id} is explained, and is there no more`),
    ]),
  ];
}
