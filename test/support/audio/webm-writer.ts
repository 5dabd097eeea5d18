/** How a recorder may lay its WebM out. */
export interface WebmLayout {
  clusters: 'unknown size' | 'known size';
  blocks: 'SimpleBlock' | 'BlockGroup';
  lacing: 'none' | 'Xiph' | 'EBML';
  /** Void and CRC-32 elements wherever they are allowed. */
  padding: boolean;
}

export const CHROMIUM_LAYOUT: WebmLayout = {
  clusters: 'unknown size',
  blocks: 'SimpleBlock',
  lacing: 'none',
  padding: false,
};
export const FIREFOX_LAYOUT: WebmLayout = { ...CHROMIUM_LAYOUT, clusters: 'known size' };

export const UNKNOWN_SIZE = Buffer.from('01ffffffffffffff', 'hex');
const PACKETS_PER_CLUSTER = 20;
const FRAMES_PER_LACE = 4;
const TRACK = 1;

/** An element with its size in eight bytes, as live writers reserve it. */
export function element(id: string, ...bodies: Uint8Array[]): Buffer {
  const body = Buffer.concat(bodies);
  return Buffer.concat([Buffer.from(id, 'hex'), sizeOf(body.length), body]);
}

export function sizeOf(length: number): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(length));
  size[0] = 1;
  return size;
}

export function webmHeader(opusHead: Uint8Array, codec = 'A_OPUS'): Buffer {
  return Buffer.concat([
    element('1a45dfa3', element('4286', Buffer.of(1)), element('4282', Buffer.from('webm'))),
    Buffer.from('18538067', 'hex'),
    UNKNOWN_SIZE,
    element('1549a966', element('2ad7b1', Buffer.from('0f4240', 'hex'))),
    element('1654ae6b', videoTrack(), audioTrack(opusHead, codec)),
  ]);
}

function videoTrack(): Buffer {
  return element('ae', element('d7', Buffer.of(2)), element('86', Buffer.from('V_VP8')));
}

function audioTrack(opusHead: Uint8Array, codec: string): Buffer {
  const codecPrivate = opusHead.length === 0 ? [] : [element('63a2', opusHead)];
  return element('ae', element('d7', Buffer.of(TRACK)), element('86', Buffer.from(codec)), ...codecPrivate);
}

/** A recording of these packets, with blocks of a video track in between. */
export function writeWebm(packets: readonly Uint8Array[], opusHead: Uint8Array, layout: WebmLayout): Buffer {
  const parts = [webmHeader(opusHead)];
  for (let at = 0; at < packets.length; at += PACKETS_PER_CLUSTER)
    parts.push(cluster(packets.slice(at, at + PACKETS_PER_CLUSTER), layout));
  return Buffer.concat(parts);
}

export function cluster(packets: readonly Uint8Array[], layout: WebmLayout): Buffer {
  const padding = layout.padding ? [element('bf', Buffer.alloc(4)), element('ec', Buffer.alloc(300))] : [];
  const parts = [...padding, element('e7', Buffer.of(0)), simpleBlock(2, Buffer.alloc(50, 0x9d))];
  const lace = layout.lacing === 'none' ? 1 : FRAMES_PER_LACE;
  for (let at = 0; at < packets.length; at += lace)
    parts.push(blockOf(packets.slice(at, at + lace), layout), ...padding);
  if (layout.clusters === 'known size') return element('1f43b675', ...parts);
  return Buffer.concat([Buffer.from('1f43b675', 'hex'), UNKNOWN_SIZE, ...parts]);
}

function simpleBlock(track: number, payload: Uint8Array): Buffer {
  return element('a3', Buffer.of(0x80 | track, 0, 0, 0x80), payload);
}

function blockOf(frames: readonly Uint8Array[], layout: WebmLayout): Buffer {
  const flags = { none: 0, Xiph: 2, EBML: 6 }[layout.lacing];
  const table = { none: () => Buffer.alloc(0), Xiph: xiphTable, EBML: ebmlTable }[layout.lacing](frames);
  const body = Buffer.concat([Buffer.of(0x80 | TRACK, 0, 0, flags), table, ...frames]);
  return layout.blocks === 'SimpleBlock'
    ? element('a3', body)
    : element('a0', element('a1', body), element('9b', Buffer.of(20)));
}

export function xiphTable(frames: readonly Uint8Array[]): Buffer {
  const sizes = frames
    .slice(0, -1)
    .flatMap(({ length }) => [...Array.from({ length: Math.floor(length / 255) }, () => 255), length % 255]);
  return Buffer.from([frames.length - 1, ...sizes]);
}

/** The first size as a two-byte integer, the others as two-byte differences around 8191. */
export function ebmlTable(frames: readonly Uint8Array[]): Buffer {
  const table = Buffer.alloc(1 + 2 * (frames.length - 1));
  table[0] = frames.length - 1;
  for (let index = 0; index < frames.length - 1; index++) {
    const size = frames[index]!.length;
    const value = index === 0 ? size : size - frames[index - 1]!.length + 8_191;
    table.writeUInt16BE(0x4000 | value, 1 + 2 * index);
  }
  return table;
}
