import { describe, expect, it } from '@jest/globals';
import { recording } from '../../../test/support/audio/fixtures.js';
import { Workload } from '../workload.js';
import { FragmentReplay } from './fragment-replay.js';

const PIECE_BYTES = 4_096;

/** A box of a type that holds nothing but zeros. */
function box(type: string, bodyBytes: number): Buffer {
  const bytes = Buffer.alloc(8 + bodyBytes);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.write(type, 4, 'latin1');
  return bytes;
}

function noted(bytes: Buffer): FragmentReplay {
  const sut = new FragmentReplay(new Workload());
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) sut.note(bytes.subarray(at, at + PIECE_BYTES));
  return sut;
}

describe(FragmentReplay.name, () => {
  it('feeds the initialisation segment and the fragments from the one that is wanted', () => {
    const bytes = recording('ko-hello.fragmented.mp4');
    const init = bytes.subarray(0, bytes.indexOf('moof', 'latin1') - 4);

    const resumption = noted(bytes).from(20_000)!;

    expect(Buffer.concat(resumption.bytes).subarray(0, init.length).equals(init)).toBe(true);
    expect(resumption.position).toBeGreaterThan(0);
    expect(resumption.position).toBeLessThan(20_000);
  });

  it('does not keep a fragment without end, and cannot go on in it', () => {
    const init = recording('ko-hello.fragmented.mp4').subarray(0, 692);

    const sut = noted(Buffer.concat([init, box('moof', 100), box('mdat', 2_000_000)]));

    expect(sut.from(20_000)).toBeUndefined();
  });
});
