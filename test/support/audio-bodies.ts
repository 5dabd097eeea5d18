import { wavHeader } from '../../src/common/audio/wav-header.js';

/** A frame of MPEG 2 layer III, 64 kbit/s, 24 kHz, mono. */
const FRAME_HEADER = Buffer.from('fff384c4', 'hex');
const FRAME_BYTES = 192;
const ID3_HEADER_BYTES = 10;

/** A valid MP3 of as many frames, with any byte as its sound. */
export function mp3Frames(count: number, fill = 0): Buffer {
  const frame = Buffer.alloc(FRAME_BYTES, fill);
  FRAME_HEADER.copy(frame);
  return Buffer.concat(Array.from({ length: count }, () => frame));
}

/** A valid MP3 that holds any bytes, in a tag before its only frame. */
export function mp3With(bytes: Uint8Array | string): Buffer {
  const payload = Buffer.from(bytes);
  const size = [21, 14, 7, 0].map((bits) => (payload.length >> bits) & 127);
  return Buffer.concat([Buffer.from('ID3\x04\0\0', 'latin1'), Buffer.from(size), payload, mp3Frames(1)]);
}

/** Bytes that `mp3With` adds. */
export const MP3_OVERHEAD_BYTES = ID3_HEADER_BYTES + FRAME_BYTES;

/** A valid WAV of as many samples (s16le, 24 kHz, mono). */
export function wavOf(samples: Uint8Array): Buffer {
  return Buffer.concat([wavHeader(24_000, samples.length), samples]);
}
