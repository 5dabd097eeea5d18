import type { NamedWhisper } from './catalogue.js';

/** Megabytes of the three files, approximately. */
const SIZES_MB = {
  tiny: 104,
  'tiny.en': 104,
  base: 161,
  'base.en': 161,
  small: 375,
  'small.en': 375,
  medium: 950,
  'medium.en': 950,
  'large-v3': 1_800,
  turbo: 1_000,
} as const;

const PROCESS_MB = 50;
const WORKING_MB = 300;

export const WHISPER_MODELS: readonly NamedWhisper[] = Object.entries(SIZES_MB).map(([name, sizeMb]) => ({
  kind: 'whisper',
  name,
  folder: name,
  sources: [
    {
      repository: `csukuangfj/sherpa-onnx-whisper-${name}`,
      files: [`${name}-encoder.int8.onnx`, `${name}-decoder.int8.onnx`, `${name}-tokens.txt`],
    },
  ],
  sizeMb,
  memoryMb: PROCESS_MB + sizeMb + WORKING_MB,
  memoryFrom: 'estimated',
  languages: name.endsWith('.en') ? ['en'] : ['many'],
  licence: { name: 'MIT', url: 'https://github.com/openai/whisper/blob/main/LICENSE', use: 'free' },
}));
