import type { AudioDecoder, AudioFormatDeclaration } from '../../../src/audio/audio-decoder.js';
import { createAudioDecoder } from '../../../src/audio/create-audio-decoder.js';

/** All samples that a fresh decoder makes of these chunks. */
export async function decodeAll(
  chunks: Iterable<Uint8Array>,
  declaration: AudioFormatDeclaration = { codec: 'auto' },
): Promise<Int16Array> {
  return collect(createAudioDecoder(declaration), chunks);
}

export async function collect(decoder: AudioDecoder, chunks: Iterable<Uint8Array>): Promise<Int16Array> {
  const blocks: Int16Array[] = [];
  try {
    for (const chunk of chunks) for await (const block of decoder.decode(chunk)) blocks.push(block);
    for await (const block of decoder.finish()) blocks.push(block);
  } finally {
    decoder.free();
  }
  return Int16Array.from(blocks.flatMap((block) => [...block]));
}
