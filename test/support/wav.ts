import { readFileSync } from 'node:fs';
import { fromProject } from '../../src/config/project-paths.js';

/** Samples of one of the clips in `samples/`: 16 kHz mono WAV with a header of 44 bytes. */
export function sampleClip(name: string): Int16Array {
  const file = readFileSync(fromProject(`samples/${name}`));
  return new Int16Array(new Uint8Array(file.subarray(44)).buffer);
}

/** Samples of one of the clips in `test/fixtures/speech/`: human speech, 16 kHz mono. */
export function humanClip(name: string): Int16Array {
  const file = readFileSync(fromProject(`test/fixtures/speech/${name}`));
  const data = file.indexOf('data') + 8;
  return new Int16Array(new Uint8Array(file.subarray(data, data + file.readUInt32LE(data - 4))).buffer);
}

/** What is said in the clips of human speech, by file name. */
export function humanWords(): Record<string, string> {
  return JSON.parse(readFileSync(fromProject('test/fixtures/speech/references.json'), 'utf8')) as Record<
    string,
    string
  >;
}

export function toFloat(samples: Int16Array): Float32Array {
  return Float32Array.from(samples, (sample) => sample / 32_768);
}

export interface Transcript {
  text: string;
  words: string[];
  segments: { start: number; end: number; text: string }[];
}

/** What is said in the clips, by file name. */
export function transcripts(file: 'transcripts.json' | 'transcripts-ko.json'): Record<string, Transcript> {
  return JSON.parse(readFileSync(fromProject(`samples/${file}`), 'utf8')) as Record<string, Transcript>;
}

/** A file of `test/fixtures/speech/`, as it is. */
export function humanRecording(name: string): Buffer {
  return readFileSync(fromProject(`test/fixtures/speech/${name}`));
}
