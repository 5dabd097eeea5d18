/**
 * Formats of a finished speech, as OpenAI names them: `opus` comes in Ogg, `aac` as ADTS, `pcm` is s16le, 24 kHz, mono, without a
 * header.
 */
export const AUDIO_FORMATS = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'] as const;
export type AudioFormat = (typeof AUDIO_FORMATS)[number];

/** Sample rate of synthesised speech between synthesizer and encoder, in Hz. Everywhere: s16le, mono. */
export const SYNTHESIS_SAMPLE_RATE = 24_000;

export const CONTENT_TYPES: Record<AudioFormat, string> = {
  mp3: 'audio/mpeg',
  opus: 'audio/ogg',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: `audio/pcm;rate=${SYNTHESIS_SAMPLE_RATE};channels=1`,
};
