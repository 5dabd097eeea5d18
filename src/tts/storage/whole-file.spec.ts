import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { AUDIO_FORMATS, type AudioFormat } from '../../audio/encoding/audio-format.js';
import { wavHeader, withKnownLength } from '../../common/audio/wav-header.js';
import { isWholeFile } from './whole-file.js';

const fixture = (name: string): Buffer => readFileSync(`test/fixtures/audio/${name}`);
const SAMPLES = Buffer.alloc(4_800, 1);
const FILES: Record<AudioFormat, Buffer> = {
  mp3: fixture('ko-hello.mp3'),
  aac: fixture('ko-hello.aac'),
  flac: fixture('ko-hello.flac'),
  opus: fixture('ko-hello.ogg'),
  wav: withKnownLength(Buffer.concat([wavHeader(24_000), SAMPLES])),
  pcm: SAMPLES,
};

describe(isWholeFile.name, () => {
  it.each(AUDIO_FORMATS)('takes a whole %s', (format) => {
    expect(isWholeFile(FILES[format], format)).toBe(true);
  });

  it.each(['mp3', 'aac', 'opus', 'wav', 'pcm'] as const)('takes no half %s', (format) => {
    expect(isWholeFile(FILES[format].subarray(0, FILES[format].length - 101), format)).toBe(false);
  });

  it.each(['mp3', 'aac', 'opus', 'flac', 'wav'] as const)('takes no %s that is something else', (format) => {
    for (const other of AUDIO_FORMATS.filter((each) => each !== format))
      expect([other, isWholeFile(FILES[other], format)]).toEqual([other, false]);
    expect(isWholeFile(Buffer.from('{"error":{"message":"boom"}}'), format)).toBe(false);
    expect(isWholeFile(Buffer.alloc(0), format)).toBe(false);
  });

  it.each(['mp3', 'aac', 'opus'] as const)('takes no %s with junk behind it', (format) => {
    expect(isWholeFile(Buffer.concat([FILES[format], Buffer.from('<html>')]), format)).toBe(false);
  });

  it('takes an MP3 with an old tag at its end', () => {
    expect(isWholeFile(Buffer.concat([FILES.mp3, Buffer.from('TAG'.padEnd(128))]), 'mp3')).toBe(true);
  });

  it('takes a WAV whose writer could not know its length', () => {
    expect(isWholeFile(Buffer.concat([wavHeader(24_000), SAMPLES]), 'wav')).toBe(true);
    expect(isWholeFile(wavHeader(24_000), 'wav')).toBe(false);
  });
});
