import { SYNTHESIS_SAMPLE_RATE } from './audio-format.js';

export const WAV_HEADER_BYTES = 44;
/** Length of a stream whose end is not known yet, as OpenAI and ffmpeg write it. Readers take it as "until the end". */
export const UNKNOWN_LENGTH = 0xffff_ffff;

/** RIFF header of s16le mono speech. @param pcmBytes length of the samples, when it is known */
export function wavHeader(pcmBytes: number = UNKNOWN_LENGTH): Buffer {
  const isKnown = pcmBytes !== UNKNOWN_LENGTH;
  const header = Buffer.alloc(WAV_HEADER_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(isKnown ? WAV_HEADER_BYTES - 8 + pcmBytes : UNKNOWN_LENGTH, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16); // size of the format block
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // channels
  header.writeUInt32LE(SYNTHESIS_SAMPLE_RATE, 24);
  header.writeUInt32LE(SYNTHESIS_SAMPLE_RATE * 2, 28); // bytes per second
  header.writeUInt16LE(2, 32); // bytes per frame
  header.writeUInt16LE(16, 34); // bits per sample
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(isKnown ? pcmBytes : UNKNOWN_LENGTH, 40);
  return header;
}

/** A complete file that was made as a stream, now that its length is known: players can show and seek it. */
export function withKnownLength(file: Buffer): Buffer {
  return Buffer.concat([wavHeader(file.length - WAV_HEADER_BYTES), file.subarray(WAV_HEADER_BYTES)]);
}
