import type { AudioFormat } from './audio-format.js';
import { encodeMp3 } from './mp3-encoder.js';
import { wavHeader } from './wav-header.js';

/** Turns speech PCM (s16le, 24 kHz, mono) into one valid file of `format`, in the stream. */
export function encodeSpeech(pcm: AsyncIterable<Uint8Array>, format: AudioFormat): AsyncIterable<Uint8Array> {
  switch (format) {
    case 'mp3':
      return encodeMp3(pcm);
    case 'wav':
      return withWavHeader(pcm);
    case 'pcm':
      return pcm;
  }
}

async function* withWavHeader(pcm: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield wavHeader();
  yield* pcm;
}
