import { readFileSync } from 'node:fs';
import { fromProject } from '../../src/config/project-paths.js';

/** A clip of `samples/`, as a WAV file. */
export function sample(name: string): Buffer {
  return readFileSync(fromProject(`samples/${name}`));
}

/** What is said in a clip. */
export function transcriptOf(name: string): string {
  const file = name.startsWith('ko-') ? 'transcripts-ko.json' : 'transcripts.json';
  const transcripts = JSON.parse(readFileSync(fromProject(`samples/${file}`), 'utf8')) as Record<
    string,
    { text: string }
  >;
  return transcripts[name]!.text;
}

/** A recording made from a clip; see `test/fixtures/README.md`. */
export function recording(name: string): Buffer {
  return readFileSync(fromProject(`test/fixtures/audio/${name}`));
}
