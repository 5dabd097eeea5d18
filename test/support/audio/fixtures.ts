import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const PROJECT = new URL('../../../', import.meta.url);

/** A recording of test/fixtures/audio. */
export function recording(name: string): Buffer {
  return readFileSync(new URL(`test/fixtures/audio/${name}`, PROJECT));
}

export function recordingPath(name: string): string {
  return fileURLToPath(new URL(`test/fixtures/audio/${name}`, PROJECT));
}

/** The chunks in which a recorder gave a recording. */
export function recorderChunkSizes(name: string): number[] {
  return JSON.parse(recording(`${name}.chunks.json`).toString()) as number[];
}

/** What ffmpeg makes of a recording in one go. */
export function referencePcm(name: string): Int16Array {
  return toSamples(gunzipSync(recording(`${name}.s16le.gz`)));
}

export function sampleWav(name: string): Buffer {
  return readFileSync(new URL(`samples/${name}.wav`, PROJECT));
}

/** Copies, so that an odd offset of the bytes does not matter. */
export function toSamples(bytes: Buffer): Int16Array {
  return Int16Array.from({ length: bytes.length >> 1 }, (_, index) => bytes.readInt16LE(2 * index));
}
