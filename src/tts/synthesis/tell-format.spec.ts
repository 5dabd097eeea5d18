import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { AUDIO_FORMATS, type AudioFormat } from '../../audio/encoding/audio-format.js';
import { wavHeader } from '../../common/audio/wav-header.js';
import { tellFormat, type ToldFormat } from './tell-format.js';

const fixture = (name: string): Buffer => readFileSync(`test/fixtures/audio/${name}`);
const samples = (value: number, count = 600): Buffer => {
  const bytes = Buffer.alloc(2 * count);
  for (let index = 0; index < count; index++) bytes.writeInt16LE(value, 2 * index);
  return bytes;
};

/** What is told of a body that comes byte by byte, and after how many. */
function tell(body: Buffer, asked: AudioFormat): { told: ToldFormat; bytes: number } {
  for (let bytes = 1; ; bytes++) {
    const told = tellFormat(body.subarray(0, bytes), asked, bytes >= body.length);
    if (told !== undefined) return { told, bytes };
    if (bytes >= body.length) throw new Error('Nothing was told of a whole body');
  }
}

describe(tellFormat.name, () => {
  const bodies: [string, Buffer, ToldFormat][] = [
    ['an MP3', fixture('ko-hello.mp3'), 'mp3'],
    ['AAC in ADTS', fixture('ko-hello.aac'), 'aac'],
    ['FLAC', fixture('ko-hello.flac'), 'flac'],
    ['a WAV', Buffer.concat([wavHeader(24_000), samples(3)]), 'wav'],
    ['RIFF that is no WAV', Buffer.from('RIFF\x24\0\0\0AVI LIST    ', 'latin1'), 'other'],
    ['MP4', Buffer.from('\0\0\0\x20ftypM4A \0\0\0\0', 'latin1'), 'other'],
    ['WebM', Buffer.from('1a45dfa39f4286810142f7810142f2', 'hex'), 'other'],
    [
      'Ogg without Opus',
      Buffer.from(`OggS\0\x02${'\0'.repeat(21)}\x01\x1e\x01vorbis\0\0\0\0`, 'latin1'),
      'other',
    ],
    ['Opus in Ogg', Buffer.from(`OggS\0\x02${'\0'.repeat(20)}\x01\x13OpusHead\x01`, 'latin1'), 'opus'],
    ['gzip', Buffer.from('1f8b0800000000000003', 'hex'), 'other'],
  ];

  it.each(
    bodies.flatMap(([what, body, told]) => AUDIO_FORMATS.map((asked) => ({ what, body, told, asked }))),
  )('takes $what for $told when $asked was asked for', ({ body, told, asked }) => {
    expect(tell(body, asked).told).toBe(told);
  });

  it.each([
    ['JSON', '{"error":{"message":"boom"}}'],
    ['JSON after blanks', ' \n [{"detail":"x"}]'],
    ['a page', '<!doctype html><html><body>Bad gateway</body></html>'],
    ['words', 'Internal Server Error'],
    [
      'many words',
      'upstream connect error or disconnect/reset before headers. reset reason: timeout. '.repeat(3),
    ],
    ['events', 'data: {"type":"speech.audio.delta","audio":"AAAA"}\n\n'],
    ['words of another language', '{"error":"서버 오류"}'],
  ])('takes %s for no samples', (_what, body) => {
    expect(tell(Buffer.from(body), 'pcm').told).toBe('text');
    expect(['text', 'pcm']).toContain(tell(Buffer.from(body), 'mp3').told);
  });

  it.each([
    ['silence', samples(0)],
    ['quiet noise', samples(-3)],
    ['what looks like the header of an MP3 frame', samples(-1_025)],
    ['what looks like a frame of ADTS', Buffer.concat([Buffer.from('fff15040031ffc', 'hex'), samples(77)])],
    [
      'what looks like a frame of MP3 and no second one',
      Buffer.concat([Buffer.from('fff384c4', 'hex'), samples(0)]),
    ],
    ['one byte', Buffer.from([0x7b])],
    ['digits', Buffer.alloc(500, 0x32)],
  ])('takes %s for samples', (what, body) => {
    expect(tell(body, 'pcm').told).toBe(what === 'one byte' ? 'text' : 'pcm');
  });

  it.each([
    ['mp3', fixture('ko-hello.mp3'), 7],
    ['flac', fixture('ko-hello.flac'), 4],
    ['pcm', samples(1_000), 4],
  ] as const)(
    'tells %s by its first bytes, so that the first sound waits for nothing',
    (asked, body, most) => {
      expect(tell(body, asked).bytes).toBeLessThanOrEqual(most);
    },
  );
});
