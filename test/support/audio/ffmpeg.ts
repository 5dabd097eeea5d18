import { spawnSync } from 'node:child_process';
import { describe, it } from '@jest/globals';
import { npmFfmpeg } from '../programs.js';
import { toSamples } from './fixtures.js';

/** The npm build, one and the same on every machine; the code under test finds no other one by itself. */
export const ffmpegPath = npmFfmpeg;
const MAX_OUTPUT_BYTES = 64_000_000;

/** `it` and `describe` for what needs ffmpeg, skipped with a printed reason where npm has none for the machine. */
export const itWithFfmpeg = ffmpegPath === undefined ? it.skip : it;
export const describeWithFfmpeg = ffmpegPath === undefined ? describe.skip : describe;
if (ffmpegPath === undefined)
  process.stdout.write('skipped: tests that need ffmpeg, of which npm has none for this machine\n');

/** Runs ffmpeg on bytes and gives what it writes. */
export function ffmpeg(
  input: Uint8Array,
  args: readonly string[],
  inputArgs: readonly string[] = [],
): Buffer {
  const { status, stdout, stderr } = spawnSync(
    ffmpegPath ?? 'ffmpeg',
    ['-v', 'error', ...inputArgs, '-i', 'pipe:0', ...args, 'pipe:1'],
    {
      input,
      maxBuffer: MAX_OUTPUT_BYTES,
    },
  );
  if (status !== 0) throw new Error(`ffmpeg failed: ${stderr.toString()}`);
  return stdout;
}

/** One-shot decode of a recording in a file to speech PCM. */
export function ffmpegFilePcm(path: string): Int16Array {
  const args = ['-v', 'error', '-i', path, '-f', 's16le', '-ac', '1', '-ar', '16000', 'pipe:1'];
  const { status, stdout, stderr } = spawnSync(ffmpegPath ?? 'ffmpeg', args, { maxBuffer: MAX_OUTPUT_BYTES });
  if (status !== 0) throw new Error(`ffmpeg failed: ${stderr.toString()}`);
  return toSamples(stdout);
}

/** One-shot decode of a whole recording, given by a pipe, to speech PCM. */
export function ffmpegPcm(input: Uint8Array, inputArgs: readonly string[] = []): Int16Array {
  return toSamples(ffmpeg(input, ['-f', 's16le', '-ac', '1', '-ar', '16000'], inputArgs));
}
