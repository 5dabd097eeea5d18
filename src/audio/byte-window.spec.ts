import { describe, expect, it } from '@jest/globals';
import { DecodeFailedError } from '../common/errors/session-errors.js';
import { ByteWindow } from './byte-window.js';

describe(ByteWindow.name, () => {
  it('shows what was added and not yet consumed', () => {
    const sut = new ByteWindow(100);
    sut.append(Buffer.from('abc'));
    sut.consume(2);

    sut.append(Buffer.from('de'));

    expect(sut.bytes.toString()).toBe('cde');
  });

  it('keeps its bytes when it makes room', () => {
    const sut = new ByteWindow(100_000);
    sut.append(Buffer.alloc(4_000, 1));
    sut.consume(3_990);
    sut.append(Buffer.alloc(500, 2));
    sut.append(Buffer.alloc(50_000, 3));

    expect(sut.length).toBe(50_510);
    expect([sut.bytes[9], sut.bytes[10], sut.bytes[510]]).toEqual([1, 2, 3]);
  });

  it('refuses to hold more than it may', () => {
    const sut = new ByteWindow(5_000);
    sut.append(Buffer.alloc(4_000));

    expect(() => sut.append(Buffer.alloc(2_000))).toThrow(DecodeFailedError);
  });
});
