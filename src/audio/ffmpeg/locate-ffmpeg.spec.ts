import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../config/load-env.js';
import { locateFfmpeg } from './locate-ffmpeg.js';

describe(locateFfmpeg.name, () => {
  it('takes the configured program by its path', () => {
    expect(locateFfmpeg(process.execPath)).toBe(process.execPath);
  });

  it('takes the configured program by its name on the PATH', () => {
    expect(locateFfmpeg('node')).toMatch(/\/node$/);
  });

  it('refuses a configured program that is not there, without naming the path', () => {
    const missing = '/nowhere/ffmpeg';

    expect(() => locateFfmpeg(missing)).toThrow(ConfigError);
    expect(() => locateFfmpeg(missing)).not.toThrow(new RegExp(missing));
  });

  it('finds one by itself where the system or npm has one', () => {
    expect(locateFfmpeg(undefined) ?? 'none').toMatch(/ffmpeg$|^none$/);
  });
});
