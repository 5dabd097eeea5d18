import { describe, expect, it } from '@jest/globals';
import { collect, decodeAll } from '../../../test/support/audio/decode-all.js';
import { fingerprint } from '../../../test/support/audio/fingerprint.js';
import { sampleWav } from '../../../test/support/audio/fixtures.js';
import { evenCuts } from '../../../test/support/audio/random-cuts.js';
import { DecodeFailedError, UnsupportedAudioError } from '../../common/errors/session-errors.js';
import { createAudioDecoder } from '../create-audio-decoder.js';
import { WavDecoder } from './wav-decoder.js';

const AUDIO = sampleWav('hello-world').subarray(44, 44 + 8_000);
const SAMPLES = 4_000;

interface Header {
  tag?: number;
  channels?: number;
  sampleRate?: number;
  bits?: number;
}

function chunk(id: string, body: Uint8Array, size = body.length): Buffer {
  const head = Buffer.alloc(8);
  head.write(id, 'latin1');
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

function format({ tag = 1, channels = 1, sampleRate = 16_000, bits = 16 }: Header = {}): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt16LE(tag, 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(sampleRate, 4);
  body.writeUInt16LE(bits, 14);
  return chunk('fmt ', body);
}

function wav(...chunks: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from('RIFF\xff\xff\xff\xffWAVE', 'latin1'), ...chunks]);
}

async function decode(bytes: Buffer): Promise<Int16Array> {
  const samples = await decodeAll([bytes]);
  expect(fingerprint(await decodeAll(evenCuts(bytes, 13)))).toBe(fingerprint(samples));
  return samples;
}

describe(WavDecoder.name, () => {
  it.each([
    ['true', AUDIO.length],
    ['zero', 0],
    ['all ones', 0xffff_ffff],
    ['that of a pipe', 0x7fff_f024],
    ['too large', 1_000_000],
    ['too small', 4_000],
  ])('plays all audio when its size is %s', async (_, size) => {
    expect(await decode(wav(format(), chunk('data', AUDIO, size)))).toHaveLength(SAMPLES);
  });

  it('passes over chunks before the audio, padded ones as well', async () => {
    const tags = [
      chunk('LIST', Buffer.alloc(333)),
      chunk('fact', Buffer.alloc(4)),
      chunk('odd!', Buffer.alloc(7)),
    ];

    expect(await decode(wav(...tags, format(), ...tags, chunk('data', AUDIO)))).toHaveLength(SAMPLES);
  });

  it('does not play the tags behind the audio', async () => {
    const bytes = wav(format(), chunk('data', AUDIO), chunk('LIST', Buffer.alloc(500, 0x55)));

    expect(await decode(bytes)).toHaveLength(SAMPLES);
  });

  it('reads the extensible header of Windows', async () => {
    const body = Buffer.concat([format({ tag: 0xfffe }).subarray(8), Buffer.alloc(24)]);
    body.writeUInt16LE(1, 24);

    expect(await decode(wav(chunk('fmt ', body), chunk('data', AUDIO)))).toHaveLength(SAMPLES);
  });

  it('averages the channels', async () => {
    const stereo = Buffer.alloc(8);
    stereo.writeInt16LE(1_000, 0);
    stereo.writeInt16LE(3_000, 2);

    expect(await decode(wav(format({ channels: 2 }), chunk('data', stereo)))).toEqual(
      Int16Array.of(2_000, 0),
    );
  });

  it('keeps one damaged float from spoiling what follows', async () => {
    const floats = Buffer.alloc(4 * 3_000);
    floats.writeFloatLE(NaN, 0);

    const samples = await decode(
      wav(format({ tag: 3, bits: 32, sampleRate: 48_000 }), chunk('data', floats)),
    );

    expect(samples).toEqual(new Int16Array(1_000));
  });

  it.each([
    ['MP3 in WAV', format({ tag: 0x55 })],
    ['a sample size of 20 bits', format({ bits: 20 })],
    ['no channel', format({ channels: 0 })],
    ['a rate of 1 Hz', format({ sampleRate: 1 })],
    ['a rate of 4 GHz', format({ sampleRate: 4_000_000_000 })],
  ])('refuses %s as unsupported', async (_, header) => {
    const sut = createAudioDecoder({ codec: 'wav' });

    await expect(collect(sut, [wav(header, chunk('data', AUDIO))])).rejects.toThrow(UnsupportedAudioError);
  });

  it.each([
    ['audio before its format', wav(chunk('data', AUDIO))],
    ['a format that is too short', wav(chunk('fmt ', Buffer.alloc(10)), chunk('data', AUDIO))],
    ['a format of 4 GB', wav(chunk('fmt ', AUDIO, 0xffff_fff0))],
    ['tags of 4 GB', wav(chunk('LIST', AUDIO, 0xffff_fff0))],
    ['nothing but a header', wav(format()).subarray(0, 20)],
  ])('calls %s damaged', async (_, bytes) => {
    await expect(decodeAll([bytes])).rejects.toThrow(DecodeFailedError);
  });
});
