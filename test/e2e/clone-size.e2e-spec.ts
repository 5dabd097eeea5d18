import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fromProject } from '../../src/config/project-paths.js';

/** GitHub warns of a file above this, and refuses one above twice as much. */
const MOST_BYTES = 50 * 1024 * 1024;
/** Of all files together, as they are checked out. Whisper base is 75 MB of it. */
const MOST_BYTES_IN_ALL = 110_000_000;

// The files of an image or an archive are no clone.
const describeClone = existsSync(fromProject('.git')) ? describe : describe.skip;

describeClone('a clone', () => {
  const files = existsSync(fromProject('.git'))
    ? execFileSync('git', ['ls-files', '-z'], { cwd: fromProject('.'), encoding: 'utf8' })
        .split('\0')
        .filter((name) => name !== '' && existsSync(fromProject(name)))
        .map((name) => ({ name, bytes: statSync(fromProject(name)).size }))
    : [];

  it('has no file that GitHub would warn of', () => {
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter(({ bytes }) => bytes > MOST_BYTES)).toEqual([]);
  });

  it('is not much more than the model that it brings', () => {
    expect(files.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(MOST_BYTES_IN_ALL);
  });
});
