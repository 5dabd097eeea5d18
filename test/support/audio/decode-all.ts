import type { AudioDecoder, AudioFormatDeclaration } from '../../../src/audio/audio-decoder.js';
import { createAudioDecoder } from '../../../src/audio/create-audio-decoder.js';
import { ffmpegPath } from './ffmpeg.js';

/** All samples that a fresh decoder makes of these chunks. */
export async function decodeAll(
  chunks: Iterable<Uint8Array>,
  declaration: AudioFormatDeclaration = { codec: 'auto' },
): Promise<Int16Array> {
  return collect(createAudioDecoder(declaration, { ffmpegPath }), chunks);
}

export async function collect(decoder: AudioDecoder, chunks: Iterable<Uint8Array>): Promise<Int16Array> {
  const blocks: Int16Array[] = [];
  for await (const block of decoder.decode(oneByOne(chunks))) blocks.push(block);
  return joined(blocks);
}

/** Chunks as a session receives them: each on its own, later than the one before. */
export async function* oneByOne(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

export function joined(blocks: readonly Int16Array[]): Int16Array {
  const samples = new Int16Array(blocks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const block of blocks) {
    samples.set(block, at);
    at += block.length;
  }
  return samples;
}
