import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fromProject } from '../../src/config/project-paths.js';

const page = readFileSync(fromProject('docs/security.md'), 'utf8');
/** `| promise | proofs |`, without the head of a table. */
const promises = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (promise|-+) /.test(line))
  .map((line) => line.split('|').slice(1, 3) as [string, string])
  .map(([promise, proofs]) => ({
    promise: promise.trim(),
    proofs: [...proofs.matchAll(/`([^`]+)`: "([^"]+)"/g)],
  }));

describe('docs/security.md', () => {
  it('names a test for every promise', () => {
    expect(promises.length).toBeGreaterThan(20);
    expect(promises.filter(({ proofs }) => proofs.length === 0)).toEqual([]);
  });

  it('names only tests that are there', () => {
    const missing = promises.flatMap(({ proofs }) =>
      proofs.filter(([, file, name]) => !titlesOf(file!).includes(name!)).map(([proof]) => proof),
    );

    expect(missing).toEqual([]);
  });

  it('is named where people look for it', () => {
    for (const file of ['SECURITY.md', 'README.md', 'docs/operations.md'])
      expect([file, readFileSync(fromProject(file), 'utf8').includes('security.md')]).toEqual([file, true]);
  });
});

/** The titles of a file's tests as they are written; those of `it.each` follow its table. A test that is switched off has none. */
function titlesOf(file: string): string[] {
  if (!/\.(e2e-|soak-)?spec\.ts$/.test(file) || !existsSync(fromProject(file))) return [];
  const source = readFileSync(fromProject(file), 'utf8');
  const titles = source.matchAll(/(?:\bit(?:With\w*)?|\))\(\s*(['"`])((?:(?!\1).)+)\1,/g);
  return [...titles].map(([, , title]) => title!);
}
