import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { envExample, envTable, replaceComposeLists, replaceEnvTable, firstEnvTable } from './env-docs.js';
import { envSchema } from './env.schema.js';
import { fromProject } from './project-paths.js';

const RUN = 'run `npm run env:docs`';

describe('documentation of the environment', () => {
  it(`lists every variable in .env.example, in schema order (else ${RUN})`, () => {
    expect(readFileSync(fromProject('.env.example'), 'utf8')).toBe(envExample());
    const names = [...envExample().matchAll(/^#([A-Z_]+)=/gm)].map((match) => match[1]);
    expect(names).toEqual(Object.keys(envSchema.shape));
  });

  it.each([
    ['every variable', 'docs/configuration.md', envTable(), 1],
    ['the first ones', 'README.md', firstEnvTable(), 0],
  ])(`lists %s in %s (else ${RUN})`, (_which, path, table, hasAll) => {
    const page = readFileSync(fromProject(path), 'utf8');

    expect(page).toBe(replaceEnvTable(page, table));
    expect(page).toContain('`OPENAI_API_KEY`');
    expect(page.includes('`VAD_THRESHOLD`')).toBe(hasAll === 1);
  });

  it(`passes every variable on to the services of the compose file (else ${RUN})`, () => {
    const compose = readFileSync(fromProject('docker-compose.yml'), 'utf8');

    expect(compose).toBe(replaceComposeLists(compose));
    expect(compose).toMatch(/- TTS_VOICE\n/);
  });

  it('describes every variable', () => {
    const silent = Object.entries(envSchema.shape).filter(([, schema]) => !schema.meta()?.description);

    expect(silent.map(([name]) => name)).toEqual([]);
  });
});
