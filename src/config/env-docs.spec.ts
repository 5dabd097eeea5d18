import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { envPages } from '../../scripts/env-pages.js';
import { GATEWAY_SLICES } from '../configuration.js';
import { fromProject } from './project-paths.js';
import { variablesOf } from './read-slices.js';

const RUN = 'run `npm run env:docs`';
const VARIABLES = variablesOf(GATEWAY_SLICES);

describe('documentation of the environment', () => {
  const pages = envPages();

  it.each(Object.entries(pages))(`is up to date in %s (else ${RUN})`, (path, page) => {
    expect(readFileSync(fromProject(path), 'utf8')).toBe(page);
  });

  it('lists every variable in .env.example', () => {
    const names = [...pages['.env.example']!.matchAll(/^#([A-Z_]+)=/gm)].map((match) => match[1]);

    expect(new Set(names)).toEqual(new Set(Object.keys(VARIABLES)));
  });

  it.each([
    ['docs/configuration.md', true],
    ['README.md', false],
  ])('lists in %s the first variables, and all of them: %p', (path, hasAll) => {
    expect(pages[path]).toContain('`OPENAI_API_KEY`');
    expect(pages[path]!.includes('`VAD_THRESHOLD`')).toBe(hasAll);
  });

  it('passes variables on to the services of the compose file', () => {
    expect(pages['docker-compose.yml']).toMatch(/- TTS_VOICE\n/);
  });

  it('describes every variable', () => {
    const silent = Object.entries(VARIABLES).filter(([, schema]) => !schema.meta()?.description);

    expect(silent.map(([name]) => name)).toEqual([]);
  });
});
