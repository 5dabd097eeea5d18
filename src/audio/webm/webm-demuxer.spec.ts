import { describe, expect, it } from '@jest/globals';
import { collect, decodeAll } from '../../../test/support/audio/decode-all.js';
import { fingerprint } from '../../../test/support/audio/fingerprint.js';
import { recording } from '../../../test/support/audio/fixtures.js';
import { opusPackets } from '../../../test/support/audio/opus-packets.js';
import { evenCuts, randomCuts } from '../../../test/support/audio/random-cuts.js';
import { seededRandom, testSeed } from '../../../test/support/random.js';
import {
  CHROMIUM_LAYOUT,
  cluster,
  element,
  FIREFOX_LAYOUT,
  UNKNOWN_SIZE,
  webmHeader,
  writeWebm,
  type WebmLayout,
} from '../../../test/support/audio/webm-writer.js';
import { DecodeFailedError, UnsupportedAudioError } from '../../common/errors/session-errors.js';
import { createAudioDecoder } from '../create-audio-decoder.js';
import { WebmDemuxer } from './webm-demuxer.js';

const { head, packets } = opusPackets('three-sentences.chromium.webm');
const PACKET_SAMPLES = 960;
const random = seededRandom(testSeed());

const LAYOUTS: readonly [string, WebmLayout][] = [
  ['Chromium', CHROMIUM_LAYOUT],
  ['Firefox', FIREFOX_LAYOUT],
  ['block groups', { ...FIREFOX_LAYOUT, blocks: 'BlockGroup' }],
  ['padding and checksums', { ...CHROMIUM_LAYOUT, padding: true }],
  ['Xiph lacing', { ...CHROMIUM_LAYOUT, lacing: 'Xiph' }],
  ['EBML lacing in block groups', { ...FIREFOX_LAYOUT, blocks: 'BlockGroup', lacing: 'EBML' }],
];

const header = webmHeader(head);

function peak(samples: Int16Array): number {
  return samples.reduce((most, sample) => Math.max(most, sample), 0);
}

function endless(start: Buffer, filler: number): Iterable<Buffer> {
  return (function* () {
    yield start;
    for (let count = 0; count < 3_000; count++) yield Buffer.alloc(4_096, filler);
  })();
}

describe(WebmDemuxer.name, () => {
  it.each(LAYOUTS)('makes the same of the same packets in the layout of %s', async (_, layout) => {
    const samples = await decodeAll(randomCuts(writeWebm(packets, head, layout), random));

    expect(fingerprint(samples)).toBe(
      fingerprint(await decodeAll([recording('three-sentences.chromium.webm')])),
    );
  });

  it('applies the pre-skip of the header', async () => {
    const skipping = Buffer.from(head);
    skipping.writeUInt16LE(312, 10);

    const samples = await decodeAll([writeWebm(packets, skipping, CHROMIUM_LAYOUT)]);

    const all = await decodeAll([writeWebm(packets, head, CHROMIUM_LAYOUT)]);
    expect(fingerprint(samples)).toBe(fingerprint(all.subarray(104)));
  });

  it('applies the output gain of the header', async () => {
    const louder = Buffer.from(head);
    louder.writeInt16LE(-6 * 256, 16);

    const samples = await decodeAll([writeWebm(packets, louder, CHROMIUM_LAYOUT)]);

    const all = await decodeAll([writeWebm(packets, head, CHROMIUM_LAYOUT)]);
    expect(peak(samples) / peak(all)).toBeCloseTo(0.501, 2);
  });

  it('manages without the Opus header that some writers leave out', async () => {
    const bytes = writeWebm(packets, Buffer.alloc(0), CHROMIUM_LAYOUT);

    expect(await decodeAll([bytes])).toHaveLength(packets.length * PACKET_SAMPLES);
  });

  it('passes over a packet that is no Opus, as players do', async () => {
    const damaged = packets.with(10, Buffer.from([0xff, 0xff, 0xff]));

    const samples = await decodeAll([writeWebm(damaged, head, CHROMIUM_LAYOUT)]);

    expect(samples).toHaveLength((packets.length - 1) * PACKET_SAMPLES);
  });

  it('goes on with the next block when a stretch of the recording was lost', async () => {
    const bytes = writeWebm(packets, head, CHROMIUM_LAYOUT);
    const lossy = Buffer.concat([bytes.subarray(0, 3_000), bytes.subarray(5_000)]);

    const samples = await decodeAll(randomCuts(lossy, random));

    const kept = samples.length / (packets.length * PACKET_SAMPLES);
    expect(kept).toBeGreaterThan(0.8);
    expect(fingerprint(samples)).toBe(fingerprint(await decodeAll([lossy])));
  });

  it('goes on behind rubbish between two clusters', async () => {
    const rubbish = Buffer.alloc(10_000, 0x03);
    const part = cluster(packets.slice(0, 20), CHROMIUM_LAYOUT);

    const samples = await decodeAll(evenCuts(Buffer.concat([header, part, rubbish, part]), 700));

    expect(samples).toHaveLength(40 * PACKET_SAMPLES);
  });

  it.each([
    [
      'a track description of 4 GB',
      Buffer.concat([header.subarray(0, 60), Buffer.from('ae0100000100000000', 'hex')]),
    ],
    ['padding of 4 GB', Buffer.concat([header, Buffer.from('ec0100000100000000', 'hex')])],
    ['a block of 2^56 bytes', Buffer.concat([header, Buffer.from('a301fffffffffffffe', 'hex')])],
    ['a block without a size', Buffer.concat([header, Buffer.from('a3', 'hex'), UNKNOWN_SIZE])],
  ])('refuses %s at once', async (_, bytes) => {
    await expect(decodeAll([bytes])).rejects.toThrow(DecodeFailedError);
  });

  it('gives a recording up that holds nothing but rubbish behind its header', async () => {
    await expect(decodeAll(endless(header, 0x03))).rejects.toThrow(DecodeFailedError);
  });

  it('gives a header up whose first element is rubbish', async () => {
    const start = Buffer.concat([header.subarray(0, 43), Buffer.alloc(8)]);

    await expect(decodeAll([start])).rejects.toThrow(DecodeFailedError);
  });

  it('refuses audio before the track is described', async () => {
    const bytes = Buffer.concat([
      header.subarray(0, 4),
      Buffer.from('844286810118538067ff1f43b675ff', 'hex'),
    ]);

    await expect(decodeAll([bytes])).rejects.toThrow(DecodeFailedError);
  });

  it.each([
    ['Vorbis', webmHeader(head, 'A_VORBIS')],
    ['encrypted audio', encrypted()],
    ['six channels', webmHeader(Buffer.concat([head.subarray(0, 18), Buffer.of(1, 4, 2, 0, 1, 2, 3, 4, 5)]))],
  ])('refuses %s as unsupported', async (_, bytes) => {
    const recordingStart = Buffer.concat([bytes, cluster(packets.slice(0, 1), CHROMIUM_LAYOUT)]);

    await expect(decodeAll([recordingStart])).rejects.toThrow(UnsupportedAudioError);
    await expect(collect(createAudioDecoder({ codec: 'auto' }), [recordingStart])).rejects.toThrow(
      UnsupportedAudioError,
    );
  });
});

function encrypted(): Buffer {
  const entry = element(
    'ae',
    element('d7', Buffer.of(1)),
    element('86', Buffer.from('A_OPUS')),
    element('6d80'),
  );
  return Buffer.concat([element('1a45dfa3', element('4286', Buffer.of(1))), element('1654ae6b', entry)]);
}
