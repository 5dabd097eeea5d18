import { createEncoder } from 'wasm-media-encoders';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SYNTHESIS_SAMPLE_RATE } from './audio-format.js';
import { SampleAligner, toFloats } from '../pcm/samples.js';

/** kbit/s, constant: speech at 24 kHz mono gains nothing audible above it. */
const BITRATE = 96;

type Lame = Parameters<typeof createEncoder>[1];
let lame: Promise<Lame> | undefined;

/** LAME as WebAssembly. Compiled once (about 4 ms), then an instance per stream costs next to nothing. */
async function compileLame(): Promise<Lame> {
  const entry = createRequire(import.meta.url).resolve('wasm-media-encoders');
  const bytes = await readFile(join(dirname(entry), '..', 'wasm', 'mp3.wasm'));
  return new Promise((resolve, reject) => {
    createEncoder('audio/mpeg', bytes, resolve).catch(reject);
  });
}

/** s16le 24 kHz mono to MP3 frames, as the samples come. No tags: any part that begins at a frame plays on its own. */
export async function* encodeMp3(pcm: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const encoder = await createEncoder('audio/mpeg', await (lame ??= compileLame()));
  encoder.configure({ sampleRate: SYNTHESIS_SAMPLE_RATE, channels: 1, bitrate: BITRATE });
  const aligner = new SampleAligner();
  for await (const bytes of pcm) {
    // The result is memory of the encoder that its next call overwrites.
    const frames = encoder.encode([toFloats(aligner.write(bytes))]).slice();
    if (frames.length > 0) yield frames;
  }
  yield encoder.finalize().slice();
}
