import { readFileSync, writeSync } from 'node:fs';
import type { EspeakJob } from './espeak-engine.js';
import { loadNpmEspeak } from './npm-espeak-module.js';

/** The only line of stdin. `null`: list the voices, as JSON. */
export interface NpmEspeakTask {
  job: EspeakJob | null;
}

const STDIN = 0;
const STDOUT = 1;

const engine = await loadNpmEspeak();

// Loaded: wait for the task. An end without one means that our parent has gone.
const line = readFileSync(STDIN, 'utf8');
if (line !== '') {
  const { job } = JSON.parse(line) as NpmEspeakTask;
  if (job === null) write(Buffer.from(JSON.stringify(engine.voices())));
  else
    engine.speak(job, (samples) => {
      write(samples);
      return false;
    });
}

/** Blocks while the pipe is full: a slow listener slows the engine down. */
function write(bytes: Buffer): void {
  for (let offset = 0; offset < bytes.length;) offset += writeSync(STDOUT, bytes, offset);
}
