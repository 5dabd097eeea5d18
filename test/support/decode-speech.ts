import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { npmFfmpeg } from './programs.js';

const SAMPLE_RATE = 24_000;
/** It cannot know its length, so its reader is told to go on until the end, and calls the last, shorter packet corrupt. */
const STREAMED_WAV = ['-f', 'wav', '-ignore_length', '1'];
const SHORT_LAST_PACKET = 'pipe:0: corrupt input packet in stream 0\n';

export interface DecodedSpeech {
  durationMs: number;
  /** What the decoder complained about; a valid file leaves it empty. */
  complaints: string;
}

/** Decodes a whole file with ffmpeg, strictly: damage and junk anywhere in it is told. */
export async function decodeSpeech(file: Uint8Array, rawPcm = false): Promise<DecodedSpeech> {
  if (npmFfmpeg === undefined) throw new Error('For tests that are made with itWithNpmFfmpeg');
  const isWav = Buffer.from(file.subarray(0, 4)).toString('latin1') === 'RIFF';
  const input = rawPcm ? ['-f', 's16le', '-ar', String(SAMPLE_RATE), '-ac', '1'] : isWav ? STREAMED_WAV : [];
  const output = ['-f', 's16le', '-ar', String(SAMPLE_RATE), '-ac', '1', 'pipe:1'];
  const child = spawn(npmFfmpeg, ['-v', 'error', ...input, '-i', 'pipe:0', ...output]);
  let bytes = 0;
  let complaints = '';
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(file);
  await once(child, 'close');
  if (isWav) complaints = complaints.replace(SHORT_LAST_PACKET, '');
  return { durationMs: (bytes / 2 / SAMPLE_RATE) * 1_000, complaints };
}
