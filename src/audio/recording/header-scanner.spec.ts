import { describe, expect, it } from '@jest/globals';
import { recording, sampleWav } from '../../../test/support/audio/fixtures.js';
import { evenCuts } from '../../../test/support/audio/random-cuts.js';
import { Workload } from '../workload.js';
import { HeaderScanner } from './header-scanner.js';
import type { Container } from './segment-decoder.js';

const WEBM = recording('ko-hello.live.webm').subarray(0, 200);
const OGG = recording('ko-hello.ogg').subarray(0, 200);
const WAV = sampleWav('hello-world').subarray(0, 200);

interface Found {
  bytes: Buffer;
  headers: [Container, number][];
}

function scan(chunks: Iterable<Uint8Array>): Found {
  const sut = new HeaderScanner(new Workload(), { container: 'webm', mayHold: () => false });
  const found: Found = { bytes: Buffer.alloc(0), headers: [] };
  const take = (stretches: Iterable<{ bytes: Buffer; header: Container | undefined }>): void => {
    for (const { bytes, header } of stretches) {
      if (header !== undefined) found.headers.push([header, found.bytes.length]);
      found.bytes = Buffer.concat([found.bytes, bytes]);
    }
  };
  for (const chunk of chunks) take(sut.write(Buffer.from(chunk)));
  take(sut.finish());
  return found;
}

describe(HeaderScanner.name, () => {
  const session = Buffer.concat([
    Buffer.from('....'),
    WEBM,
    OGG,
    WAV,
    Buffer.from('RIFF'),
    WEBM,
    Buffer.from('Ogg'),
  ]);

  it.each([1, 2, 3, 5, 12, 13, 35, 64, 10_000])('finds all headers in chunks of %d bytes', (size) => {
    const { headers, bytes } = scan(evenCuts(session, size));

    expect(headers).toEqual([
      ['webm', 4],
      ['ogg', 204],
      ['wav', 404],
      ['webm', 608],
    ]);
    expect(bytes.equals(session)).toBe(true);
  });

  it.each([
    ['an Ogg page in the midst of a stream', OGG.subarray(47, 120)],
    ['an EBML magic with a size that no header has', Buffer.from('1a45dfa302ffffffffffff42000000', 'hex')],
    ['an EBML magic without a header behind it', Buffer.from('1a45dfa39f1f43b67500000000000000', 'hex')],
    ['a RIFF that is no WAVE', Buffer.from('RIFF....AVI LIST')],
  ])('takes %s for no header', (_, bytes) => {
    expect(scan([bytes]).headers).toEqual([]);
  });

  it('passes on at once what cannot be a header', () => {
    const sut = new HeaderScanner(new Workload(), { container: 'webm', mayHold: () => false });

    const [stretch] = sut.write(Buffer.from('some audio'));

    expect(stretch?.bytes.toString()).toBe('some audio');
  });
});
