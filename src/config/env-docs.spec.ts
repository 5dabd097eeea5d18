import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { envExample, envTable, replaceComposeLists, replaceEnvTable } from './env-docs.js';
import { envSchema } from './env.schema.js';
import { fromProject } from './project-paths.js';

const RUN = 'run `npm run env:docs`';

describe('documentation of the environment', () => {
  it(`lists every variable in .env.example, in schema order (else ${RUN})`, () => {
    expect(readFileSync(fromProject('.env.example'), 'utf8')).toBe(envExample());
    const names = [...envExample().matchAll(/^#([A-Z_]+)=/gm)].map((match) => match[1]);
    expect(names).toEqual(Object.keys(envSchema.shape));
  });

  it(`lists every variable in the README (else ${RUN})`, () => {
    const readme = readFileSync(fromProject('README.md'), 'utf8');

    expect(readme).toBe(replaceEnvTable(readme, envTable()));
    expect(readme).toContain('`OPENAI_API_KEY`');
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
