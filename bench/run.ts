import { readdir } from 'node:fs/promises';

/**
 * `npm run bench -- NAME [arguments]`: runs `bench/NAME.bench.ts`, which prints its figures together with its baselines,
 * measured in the same run against the built product. Without a name: all of them, one after the other.
 */
export interface Bench {
  run(args: readonly string[]): Promise<void>;
}

const SUFFIX = '.bench.ts';
const files = await readdir(new URL('.', import.meta.url));
const known = files.filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length));
const [name, ...args] = process.argv.slice(2);

if (name !== undefined && !known.includes(name)) {
  console.error(`There is no bench ${name}. Known: ${known.join(', ') || 'none'}`);
  process.exit(2);
}
for (const each of name === undefined ? known.toSorted() : [name]) {
  console.log(`\n# bench ${each}\n`);
  const bench = (await import(new URL(`${each}${SUFFIX}`, import.meta.url).href)) as Bench;
  await bench.run(args);
}
