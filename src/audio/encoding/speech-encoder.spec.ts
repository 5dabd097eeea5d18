import { describe, expect, it } from '@jest/globals';
import { TenantConcurrencyLimit } from '../../common/limits/concurrency-limit.js';
import { ONE_TENANT } from '../../common/limits/tenant-shares.js';
import { SpeechEncoder } from './speech-encoder.js';

async function* samples(): AsyncGenerator<Uint8Array> {
  for (let count = 0; count < 20; count++) yield Buffer.alloc(4_801, count);
}

async function sizeOf(audio: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of audio) bytes += chunk.length;
  return bytes;
}

describe(SpeechEncoder.name, () => {
  const sut = new SpeechEncoder(undefined, new TenantConcurrencyLimit(1, 'ffmpeg', ONE_TENANT));

  it.each(['opus', 'aac', 'flac'] as const)('says what %s needs when there is no ffmpeg', (format) => {
    expect(() => sut.requireEncoder(format)).toThrow('FFMPEG_PATH');
    expect(() => sut.encode(samples(), format, 'local')).toThrow('FFMPEG_PATH');
  });

  it.each(['mp3', 'wav', 'pcm'] as const)('encodes %s without ffmpeg', async (format) => {
    expect(await sizeOf(sut.encode(samples(), format, 'local'))).toBeGreaterThan(5_000);
  });

  it('gives the same MP3 however the samples are cut', async () => {
    async function* inOne(): AsyncGenerator<Uint8Array> {
      const chunks: Uint8Array[] = [];
      for await (const chunk of samples()) chunks.push(chunk);
      yield Buffer.concat(chunks);
    }

    expect(await sizeOf(sut.encode(samples(), 'mp3', 'local'))).toBe(
      await sizeOf(sut.encode(inOne(), 'mp3', 'local')),
    );
  });

  it('tells the failure of its source as it is', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(2);
      throw new Error('cut');
    }

    await expect(sizeOf(sut.encode(failing(), 'mp3', 'local'))).rejects.toThrow('cut');
  });

  it('takes no more ffmpeg processes than it may', async () => {
    const bounded = new SpeechEncoder('/bin/cat', new TenantConcurrencyLimit(0, 'ffmpeg', ONE_TENANT));

    await expect(sizeOf(bounded.encode(samples(), 'opus', 'local'))).rejects.toMatchObject({
      code: 'overloaded',
    });
  });

  it('calls an ffmpeg that cannot encode a failure', async () => {
    const broken = new SpeechEncoder('/bin/false', new TenantConcurrencyLimit(1, 'ffmpeg', ONE_TENANT));

    await expect(sizeOf(broken.encode(samples(), 'opus', 'local'))).rejects.toMatchObject({
      code: 'provider_failed',
      cause: { name: 'FfmpegEnded', code: '1' },
    });
  });
});
