import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../config/secret.js';
import { ClipUrls } from './clip-urls.js';

const LATER = Date.now() + 60_000;

function partsOf(url: string): { id: string; expires: string; signature: string } {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  return {
    id: pathname.split('/').at(-1)!,
    expires: searchParams.get('expires')!,
    signature: searchParams.get('signature')!,
  };
}

describe(ClipUrls.name, () => {
  const sut = new ClipUrls(new Secret('one secret'));

  it('accepts what it has signed', () => {
    const { id, ...address } = partsOf(sut.sign('clip', LATER));

    expect(() => sut.verify(id, address)).not.toThrow();
  });

  it('accepts what another process with the same secret has signed', () => {
    const { id, ...address } = partsOf(new ClipUrls(new Secret('one secret')).sign('clip', LATER));

    expect(() => sut.verify(id, address)).not.toThrow();
  });

  it('refuses what was signed with another secret', () => {
    const { id, ...address } = partsOf(new ClipUrls(undefined).sign('clip', LATER));

    expect(() => sut.verify(id, address)).toThrow('not signed by us');
  });

  it('refuses an address whose time is over', () => {
    const { id, ...address } = partsOf(sut.sign('clip', Date.now() - 1));

    expect(() => sut.verify(id, address)).toThrow('expired');
  });

  it.each([
    ['no signature', { expires: String(LATER) }],
    ['no end', { signature: partsOf(sut.sign('clip', LATER)).signature }],
    ['another end', { ...partsOf(sut.sign('clip', LATER)), expires: String(LATER + 1) }],
    ['nothing', {}],
  ])('refuses %s', (_what, address) => {
    expect(() => sut.verify('clip', address)).toThrow('not signed by us');
  });
});
