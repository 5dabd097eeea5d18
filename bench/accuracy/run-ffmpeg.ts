import { spawnSync } from 'node:child_process';
import { locateFfmpeg } from '../../src/audio/ffmpeg/locate-ffmpeg.js';

const MAX_OUTPUT_BYTES = 512_000_000;

export const SAMPLE_RATE = 16_000;
/** What the bench speaks to ffmpeg and back. */
export const RAW_PCM = ['-f', 's16le', '-ar', String(SAMPLE_RATE), '-ac', '1'] as const;

/** Undefined where there is none: parts that need it say so. */
export const ffmpegPath = locateFfmpeg(process.env['FFMPEG_PATH']);

/** Runs ffmpeg and gives what it wrote. @throws Error with its last words */
export function runFfmpeg(args: readonly string[], input?: Uint8Array): Buffer {
  if (ffmpegPath === undefined) throw new Error('There is no ffmpeg on this machine');
  const { status, stdout, stderr, error } = spawnSync(ffmpegPath, ['-v', 'error', '-y', ...args], {
    ...(input && { input }),
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`ffmpeg failed: ${stderr.toString().trim().split('\n').at(-1)}`);
  return stdout;
}

export function bytesOf(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

export function samplesOf(bytes: Uint8Array): Int16Array {
  return new Int16Array(new Uint8Array(bytes).buffer, 0, Math.floor(bytes.length / 2));
}
