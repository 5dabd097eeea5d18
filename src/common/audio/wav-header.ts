import { BYTES_PER_SAMPLE } from './pcm.js';

export const WAV_HEADER_BYTES = 44;
/** Length of a stream whose end is not known yet, as OpenAI and ffmpeg write it. Readers read such a file until it ends. */
const UNKNOWN_LENGTH = 0xffff_ffff;

/** RIFF header of s16le mono samples. @param pcmBytes length of the samples, when it is known */
export function wavHeader(sampleRate: number, pcmBytes?: number): Buffer {
  const header = Buffer.alloc(WAV_HEADER_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16); // size of the format block
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // channels
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * BYTES_PER_SAMPLE, 28); // bytes per second
  header.writeUInt16LE(BYTES_PER_SAMPLE, 32); // bytes per frame
  header.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34); // bits per sample
  header.write('data', 36, 'latin1');
  writeLength(header, pcmBytes);
  return header;
}

/** A complete file that was made as a stream, with its length in the header: players can show and seek it. */
export function withKnownLength(file: Buffer): Buffer {
  const whole = Buffer.from(file);
  writeLength(whole, file.length - WAV_HEADER_BYTES);
  return whole;
}

function writeLength(header: Buffer, pcmBytes: number | undefined): void {
  header.writeUInt32LE(pcmBytes === undefined ? UNKNOWN_LENGTH : WAV_HEADER_BYTES - 8 + pcmBytes, 4);
  header.writeUInt32LE(pcmBytes ?? UNKNOWN_LENGTH, 40);
}
