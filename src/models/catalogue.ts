/** A Whisper model that can be pulled by name: sherpa-onnx's 8-bit exports on the Hugging Face hub. */
export interface NamedModel {
  name: string;
  repository: string;
  files: readonly string[];
  /** For people, of all files together. */
  approximateMb: number;
  languages: 'many' | 'English';
}

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

export const NAMED_MODELS: ReadonlyMap<string, NamedModel> = new Map(
  Object.entries(SIZES_MB).map(([name, approximateMb]) => [
    name,
    {
      name,
      repository: `csukuangfj/sherpa-onnx-whisper-${name}`,
      files: [`${name}-encoder.int8.onnx`, `${name}-decoder.int8.onnx`, `${name}-tokens.txt`],
      approximateMb,
      languages: name.endsWith('.en') ? 'English' : 'many',
    },
  ]),
);
