import { createAudioDecoder } from '../../src/audio/create-audio-decoder.js';
import type { AudioCodec } from '../../src/audio/audio-decoder.js';
import { joined } from '../../test/support/coded-speech.js';
import type { Clip } from './clips.js';
import { bytesOf, ffmpegPath, RAW_PCM, runFfmpeg } from './run-ffmpeg.js';

export interface Codec {
  name: string;
  declared: AudioCodec;
  /** How ffmpeg writes it to a pipe. */
  args: readonly string[];
}

const recorder = (kilobits: number): readonly string[] =>
  `-c:a libopus -b:a ${kilobits}k -ar 48000 -frame_duration 60 -f webm -live 1 -cluster_time_limit 3000`.split(
    ' ',
  );

/** As a browser's recorder writes it. */
export const WEBM: Codec = { name: 'WebM/Opus 24 kbit/s', declared: 'webm', args: recorder(24) };

export const CODECS: readonly Codec[] = [
  WEBM,
  { name: 'WebM/Opus 16 kbit/s', declared: 'webm', args: recorder(16) },
  {
    name: 'MP4/AAC 48 kbit/s',
    declared: 'mp4',
    args: '-c:a aac -b:a 48k -ar 48000 -movflags empty_moov+default_base_moof -frag_duration 500000 -f mp4'.split(
      ' ',
    ),
  },
  { name: 'MP3 48 kbit/s', declared: 'mp3', args: '-c:a libmp3lame -b:a 48k -ar 24000 -f mp3'.split(' ') },
  { name: 'µ-law 8 kHz, telephone', declared: 'wav', args: '-c:a pcm_mulaw -ar 8000 -f wav'.split(' ') },
];

export function encode(samples: Int16Array, { args }: Codec): Buffer {
  return runFfmpeg([...RAW_PCM, '-i', 'pipe:0', ...args, 'pipe:1'], bytesOf(samples));
}

/** The clip after its way through the codec and Parley's decoder. */
export async function throughCodec(clip: Clip, codec: Codec): Promise<Clip> {
  const decoder = createAudioDecoder({ codec: codec.declared }, { ffmpegPath });
  const bytes = encode(clip.samples, codec);
  const parts: Int16Array[] = [];
  for await (const part of decoder.decode(once(bytes))) parts.push(part);
  return { ...clip, samples: joined(parts) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
