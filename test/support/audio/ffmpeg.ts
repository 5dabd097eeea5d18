import { spawnSync } from 'node:child_process';
import { toSamples } from './fixtures.js';

const FFMPEG = process.env['FFMPEG_PATH'] ?? 'ffmpeg';
const MAX_OUTPUT_BYTES = 64_000_000;

/** Why comparisons with ffmpeg have to be left out here; undefined when they need not. */
export const ffmpegMissing =
  spawnSync(FFMPEG, ['-version']).status === 0 ? undefined : 'no ffmpeg on the PATH or at FFMPEG_PATH';

/** Runs ffmpeg on bytes and gives what it writes. */
export function ffmpeg(input: Uint8Array, args: readonly string[]): Buffer {
  const { status, stdout, stderr } = spawnSync(FFMPEG, ['-v', 'error', '-i', 'pipe:0', ...args, 'pipe:1'], {
    input,
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (status !== 0) throw new Error(`ffmpeg failed: ${stderr.toString()}`);
  return stdout;
}

/** One-shot decode of a whole recording to speech PCM. */
export function ffmpegPcm(input: Uint8Array): Int16Array {
  return toSamples(ffmpeg(input, ['-f', 's16le', '-ac', '1', '-ar', '16000']));
}
