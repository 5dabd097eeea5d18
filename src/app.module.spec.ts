import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fromProject } from './config/project-paths.js';

const SRC = fromProject('src');
const IMPORT = /^(?:import|export) (?!type\b)(?:[^'";]* from )?'(\.[^']+)\.js';$/gm;

/** The files that a file loads, itself among them. Paths count from `src`. */
function loadedBy(path: string, loaded = new Set<string>()): Set<string> {
  if (loaded.has(path)) return loaded;
  loaded.add(path);
  for (const [, imported] of readFileSync(join(SRC, path), 'utf8').matchAll(IMPORT))
    loadedBy(relative(SRC, join(SRC, path, '..', `${imported!}.ts`)), loaded);
  return loaded;
}

describe('A feature that is switched on alone', () => {
  it('loads no decoder of recordings when it only speaks', () => {
    const sut = [...loadedBy('tts/tts.module.ts')];

    expect(sut).toContain('audio/encoding/speech-encoder.ts');
    expect(sut.filter((path) => /^audio\/(recording|opus|webm|ogg|replay|layouts)\//.test(path))).toEqual([]);
  });

  it.each([
    ['tts/tts.module.ts', /^(chat|annotation|transcription)\/.*\.(service|controller|gateway|module)\.ts$/],
    ['chat/chat.module.ts', /^(tts|transcription|audio)\//],
    ['transcription/transcription.module.ts', /^(tts|chat|annotation)\//],
  ])('loads nothing of the others, %s', (feature, others) => {
    const sut = [...loadedBy(feature)];

    expect(sut.length).toBeGreaterThan(20);
    expect(sut.filter((path) => others.test(path))).toEqual([]);
  });
});
