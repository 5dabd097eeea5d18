import { oggPageCrc } from '../../../src/audio/ogg/ogg-page-reader.js';

/** The pages of an undamaged Ogg recording. */
export function splitPages(bytes: Buffer): Buffer[] {
  const pages: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const segments = bytes[at + 26]!;
    const body = bytes.subarray(at + 27, at + 27 + segments).reduce((sum, size) => sum + size, 0);
    pages.push(bytes.subarray(at, at + 27 + segments + body));
    at += 27 + segments + body;
  }
  return pages;
}

export function joinPages(pages: readonly Buffer[]): Buffer {
  return Buffer.concat(pages);
}

export function withChecksum(page: Buffer): Buffer {
  page.writeUInt32LE(oggPageCrc(page), 22);
  return page;
}
