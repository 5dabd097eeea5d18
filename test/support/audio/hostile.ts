import { joinPages, splitPages, withChecksum } from './ogg-pages.js';
import { recording, sampleWav } from './fixtures.js';
import { opusPackets } from './opus-packets.js';
import { CHROMIUM_LAYOUT, cluster, element, webmHeader } from './webm-writer.js';

/** Bytes that are made to be more work than they look, by what they do. Each is as long as is asked for, or a little longer. */
export type Hostile = readonly [name: string, make: (bytes: number) => Buffer];

/** Minutes of audio in a few kilobytes take as long to decode as they should. */
const less = (make: (bytes: number) => Buffer) => (bytes: number) => make(bytes / 20);

const OPUS = opusPackets('three-sentences.chromium.webm');
const WEBM = webmHeader(OPUS.head);
const OGG = splitPages(recording('ko-hello.ogg')).slice(0, 2);
const WAV = sampleWav('hello-world').subarray(0, 44);
const ENDLESS_WAV = Buffer.concat([WAV.subarray(0, 40), Buffer.alloc(4, 0xff)]);
/** 120 ms of speech in two bytes: code 3 with two frames of 60 ms. */
const DENSE_PACKET = Buffer.of((3 << 3) | 3, 2);
const LAST_PAGE = 4;

function repeated(part: Buffer | string, bytes: number): Buffer {
  const unit = typeof part === 'string' ? Buffer.from(part, 'latin1') : part;
  return Buffer.concat(Array.from({ length: Math.ceil(bytes / unit.length) }, () => unit));
}

function after(start: Buffer, part: Buffer | string): (bytes: number) => Buffer {
  return (bytes) => Buffer.concat([start, repeated(part, bytes)]);
}

function made(start: Buffer, part: (index: number) => Buffer): (bytes: number) => Buffer {
  return (bytes) => {
    const parts = [start];
    for (let length = 0, index = 0; length < bytes; index++) {
      parts.push(part(index));
      length += parts.at(-1)!.length;
    }
    return Buffer.concat(parts);
  };
}

/** A page of as many packets as are given, each of less than 255 bytes. */
export function oggPage(sequence: number, packets: readonly Buffer[], flags = 0, granule = 0n): Buffer {
  const header = Buffer.alloc(27);
  header.write('OggS', 'latin1');
  header[5] = flags;
  header.writeBigInt64LE(granule, 6);
  OGG[0]!.copy(header, 14, 14, 18);
  header.writeUInt32LE(sequence, 18);
  header[26] = packets.length;
  return withChecksum(Buffer.concat([header, Buffer.from(packets.map(({ length }) => length)), ...packets]));
}

/** As a WAV of another rate each time, with a few samples. */
function wavAtRate(rate: number): Buffer {
  const wav = Buffer.concat([WAV, Buffer.alloc(8)]);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(8, 40);
  return wav;
}

function simpleBlock(flags: number, body: Buffer): Buffer {
  return element('a3', Buffer.concat([Buffer.of(0x81, 0, 0, flags), body]));
}

const laced = (lacing: number): Buffer =>
  simpleBlock(lacing << 1, Buffer.alloc(256, lacing === 3 ? 0x80 : 0).fill(255, 0, 1));
const fakePage = Buffer.concat([
  Buffer.from('OggS\0\0', 'latin1'),
  Buffer.alloc(20, 0xff),
  Buffer.of(255, 255),
]);

export const HOSTILE: readonly Hostile[] = [
  ['Opus heads in Ogg', after(Buffer.alloc(0), OGG[0]!)],
  ['headers of WebM', after(Buffer.alloc(0), WEBM)],
  ['headers of WebM and Ogg in turn', after(Buffer.alloc(0), Buffer.concat([WEBM, OGG[0]!]))],
  ['WAVs of another rate each', made(Buffer.alloc(0), (index) => wavAtRate(191_999 - index))],
  ['headers of WAV', after(Buffer.alloc(0), WAV)],
  ['beginnings of WAV', after(Buffer.alloc(0), 'RIFF\x24\0\0\0WAVE')],
  ['beginnings of RIFF', after(joinPages(OGG), 'RIFF')],
  ['beginnings of MP4', after(joinPages(OGG), '\0\0\0\x20ftyp')],
  ['beginnings of EBML', after(joinPages(OGG), '\x1a\x45\xdf\xa3')],
  ['zeros', after(joinPages(OGG), '\0')],
  ['tags of ID3', after(WEBM, 'ID3\x04\0\0\0\0\0\0')],
  ['Ogg pages within each other', after(joinPages(OGG), fakePage)],
  ['Ogg page marks', after(joinPages(OGG), 'OggS')],
  ['empty Ogg pages', made(joinPages(OGG), (index) => oggPage(index + 2, []))],
  [
    'Ogg pages of empty packets',
    made(joinPages(OGG), (index) => oggPage(index + 2, Array(255).fill(Buffer.alloc(0)))),
  ],
  [
    'Ogg pages that go on for ever',
    made(joinPages(OGG), (index) => oggPage(index + 2, [Buffer.alloc(255, 1)], 1)),
  ],
  [
    'dense Opus in Ogg',
    less(made(joinPages(OGG), (index) => oggPage(index + 2, Array(255).fill(DENSE_PACKET)))),
  ],
  [
    'Ogg pages that end before they began',
    less(made(joinPages(OGG), (index) => oggPage(index + 2, [DENSE_PACKET], LAST_PAGE, 0n))),
  ],
  [
    'Opus of nothing but padding',
    made(joinPages(OGG), (index) => oggPage(index + 2, [Buffer.alloc(250, 255).fill(3, 0, 1)])),
  ],
  ['empty elements', after(WEBM, Buffer.from('ec80', 'hex'))],
  ['clusters in clusters', after(WEBM, Buffer.from('1f43b675ff', 'hex'))],
  ['tracks without end', after(WEBM, element('ae', element('d7', Buffer.of(9))))],
  ['empty block groups', after(WEBM, element('a0', element('a1', Buffer.of(0x81, 0, 0, 0))))],
  ['Xiph lacing of empty frames', after(WEBM, laced(1))],
  ['fixed lacing of empty frames', after(WEBM, simpleBlock(4, Buffer.of(255)))],
  ['EBML lacing of empty frames', after(WEBM, laced(3))],
  ['dense Opus in WebM', less(after(WEBM, simpleBlock(0, DENSE_PACKET)))],
  [
    'blocks of which nothing is to be heard',
    less(
      after(
        WEBM,
        element(
          'a0',
          Buffer.concat([
            element('a1', Buffer.concat([Buffer.of(0x81, 0, 0, 0), DENSE_PACKET])),
            element('75a2', Buffer.from('7fffffffffff', 'hex')),
          ]),
        ),
      ),
    ),
  ],
  [
    'blocks with rubbish between them',
    after(WEBM, Buffer.concat([simpleBlock(0, Buffer.of(3)), Buffer.of(0xa3, 0x00, 0x1f)])),
  ],
  ['beginnings of clusters', after(Buffer.concat([WEBM, Buffer.of(0)]), Buffer.from('1f43b6', 'hex'))],
  ['beginnings of blocks', after(Buffer.concat([WEBM, Buffer.of(0)]), Buffer.from('a3418181', 'hex'))],
  ['empty chunks of WAV', after(WAV.subarray(0, 36), 'LIST\0\0\0\0')],
  ['formats of WAV', after(WAV.subarray(0, 36), WAV.subarray(12, 36))],
  ['chunks of one sample', after(WAV.subarray(0, 36), 'data\x02\0\0\0\0\0')],
  ['sync words of MP3', after(ENDLESS_WAV, Buffer.from('fffb9000', 'hex'))],
  [
    'the smallest frames of MP3',
    after(ENDLESS_WAV, Buffer.concat([Buffer.from('fff31400', 'hex'), Buffer.alloc(20)])),
  ],
  ['sync words of ADTS', after(ENDLESS_WAV, Buffer.from('fff15040', 'hex'))],
  ['sync words of AC-3', after(ENDLESS_WAV, Buffer.from('0b77', 'hex'))],
  ['sync words of MPEG-TS', after(ENDLESS_WAV, Buffer.from('47400010', 'hex'))],
  ['ones', after(ENDLESS_WAV, Buffer.of(0xff))],
  [
    'WebM after a cut in each of its blocks',
    after(WEBM, cluster(OPUS.packets.slice(0, 2), CHROMIUM_LAYOUT).subarray(0, 40)),
  ],
];

/** What hostile bytes are made of, for a dice. */
export const TOKENS: readonly Buffer[] = [
  WEBM,
  OGG[0]!,
  joinPages(OGG),
  WAV,
  ENDLESS_WAV,
  fakePage,
  DENSE_PACKET,
  laced(1),
  laced(3),
  oggPage(2, [DENSE_PACKET], LAST_PAGE),
  simpleBlock(0, OPUS.packets[0]!),
  ...['OggS', 'RIFF', 'WAVE', 'ftyp', 'ID3\x04\0\0', 'fLaC', 'caff', 'data', '\0\0\0'].map((text) =>
    Buffer.from(text, 'latin1'),
  ),
  ...[
    '1a45dfa3',
    '1f43b675',
    'a3',
    'a0',
    'ec80',
    'ae',
    'fffb9000',
    'fff15040',
    '0b77',
    '474000',
    'ffffffff',
    '01fffffffffffffe',
  ].map((hex) => Buffer.from(hex, 'hex')),
];
