import { readFileSync, writeSync } from 'node:fs';
import type { EspeakJob } from './espeak-engine.js';

/** The only line of stdin. `null`: list the languages, as JSON. */
export interface NpmEspeakTask {
  job: EspeakJob | null;
}

/** What we use of the package, which has no types. */
interface EspeakModule {
  eSpeakNGWorker: new () => {
    set_voice(voice: string): number;
    set_rate(wordsPerMinute: number): void;
    /** @param onSamples returns true to stop */
    synthesize(text: string, onSamples: (samples: Int16Array) => boolean): void;
    list_voices(): { languages: { name: string }[] }[];
  };
}

const STDIN = 0;
const STDOUT = 1;
const PACKAGE: string = '@echogarden/espeak-ng-emscripten';

const { default: load } = (await import(PACKAGE)) as { default: () => Promise<EspeakModule> };
const engine = new (await load()).eSpeakNGWorker();

// Loaded: wait for the task. An end without one means that our parent has gone.
const line = readFileSync(STDIN, 'utf8');
if (line !== '') {
  const { job } = JSON.parse(line) as NpmEspeakTask;
  if (job === null) write(Buffer.from(JSON.stringify(languages())));
  else speak(job);
}

function speak({ text, voice, wordsPerMinute }: EspeakJob): void {
  if (engine.set_voice(voice) !== 0) throw new Error('This voice is not known');
  engine.set_rate(wordsPerMinute);
  engine.synthesize(text, (samples) => {
    write(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
    return false;
  });
}

function languages(): string[] {
  const names = engine.list_voices().flatMap((voice) => voice.languages.map(({ name }) => name));
  return [...new Set(names)];
}

/** Blocks while the pipe is full: a slow listener slows the engine down. */
function write(bytes: Buffer): void {
  for (let offset = 0; offset < bytes.length;) offset += writeSync(STDOUT, bytes, offset);
}
