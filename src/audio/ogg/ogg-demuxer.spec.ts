import { describe, expect, it } from '@jest/globals';
import { decodeAll } from '../../../test/support/audio/decode-all.js';
import { recording } from '../../../test/support/audio/fixtures.js';
import { joinPages, splitPages, withChecksum } from '../../../test/support/audio/ogg-pages.js';
import { randomCuts } from '../../../test/support/audio/random-cuts.js';
import { seededRandom, testSeed } from '../../../test/support/random.js';
import { DecodeFailedError, UnsupportedAudioError } from '../../common/errors/session-errors.js';
import { OggDemuxer } from './ogg-demuxer.js';

const bytes = recording('ko-hello.ogg');
const pages = splitPages(bytes);
/** 200 ms. */
const PAGE_SAMPLES = 3_200;
const random = seededRandom(testSeed());

async function lengthOf(damaged: Buffer): Promise<number> {
  return (await decodeAll(randomCuts(damaged, random))).length;
}

describe(OggDemuxer.name, () => {
  it('drops a page with a wrong checksum and goes on with the next', async () => {
    const damaged = Buffer.from(pages[6]!);
    damaged[60]! ^= 0xff;

    const lost = (await lengthOf(bytes)) - (await lengthOf(joinPages(pages.with(6, damaged))));

    expect(lost).toBe(PAGE_SAMPLES);
  });

  it('goes on when a page was lost', async () => {
    const lost = (await lengthOf(bytes)) - (await lengthOf(joinPages(pages.toSpliced(6, 1))));

    expect(lost).toBe(PAGE_SAMPLES);
  });

  it('passes over rubbish between pages, even when it looks like the start of one', async () => {
    const rubbish = Buffer.from('OggS and OggS but no page, OggSOgg');

    expect(await lengthOf(joinPages(pages.toSpliced(5, 0, rubbish)))).toBe(await lengthOf(bytes));
  });

  it('plays the pages behind what looks like a page that is longer than the rest', async () => {
    const fake = Buffer.alloc(27 + 255, 0xff);
    fake.write('OggS\0\0', 'latin1');

    const samples = await lengthOf(joinPages(pages.toSpliced(5, 0, fake)));

    expect(samples).toBe(await lengthOf(bytes));
  });

  it('ignores the pages of other streams', async () => {
    const foreign = Buffer.from(pages[5]!);
    foreign.writeUInt32LE(12_345, 14);

    expect(await lengthOf(joinPages(pages.toSpliced(5, 0, withChecksum(foreign))))).toBe(
      await lengthOf(bytes),
    );
  });

  it('ends where the last page says, and plays all of it when that page never came', async () => {
    const packetsOfLastPage = pages.at(-1)![26]!;
    const whole = await lengthOf(bytes);
    const unmarked = Buffer.from(pages.at(-1)!);
    unmarked[5] = 0;

    const untrimmed = await lengthOf(joinPages([...pages.slice(0, -1), withChecksum(unmarked)]));

    expect(packetsOfLastPage).toBeGreaterThan(0);
    expect(untrimmed).toBeGreaterThan(whole);
    expect(untrimmed - whole).toBeLessThan(320);
  });

  it('drops a packet whose continuation never comes', async () => {
    const cut = Buffer.from(pages[5]!);
    const alone = joinPages([...pages.slice(0, 5), withChecksum(continued(cut)), ...pages.slice(6)]);

    expect(await lengthOf(alone)).toBeLessThan(await lengthOf(bytes));
  });

  it('gives a recording up that holds nothing but rubbish', async () => {
    const chunks = [pages[0]!, ...Array.from({ length: 300 }, () => Buffer.alloc(4_096, 0x4f))];

    await expect(decodeAll(chunks)).rejects.toThrow(DecodeFailedError);
  });

  it.each([
    ['a codec other than Opus', joinPages([vorbisStart(), ...pages.slice(1, 3)])],
    ['a recording whose first page is missing', joinPages(pages.slice(2, 4))],
  ])('refuses %s as unsupported', async (_, unsupported) => {
    await expect(decodeAll([unsupported])).rejects.toThrow(UnsupportedAudioError);
  });

  it('calls a header of another version unsupported', async () => {
    const head = Buffer.from(pages[0]!);
    head[36] = 0x10;

    await expect(decodeAll([joinPages([withChecksum(head), ...pages.slice(1)])])).rejects.toThrow(
      UnsupportedAudioError,
    );
  });
});

function vorbisStart(): Buffer {
  const page = Buffer.from(pages[0]!);
  page.write('\x01vorbis\0', 28, 'latin1');
  return withChecksum(page);
}

/** Says that the first packet of the page began on the page before. */
function continued(page: Buffer): Buffer {
  page[5]! |= 1;
  return page;
}
