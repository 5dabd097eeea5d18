import { ByteWindow } from '../byte-window.js';
import type { FrameStream } from '../recording/frame-chain.js';
import type { Layout } from '../recording/layout-segment.js';
import type { Container } from '../recording/segment-decoder.js';

/** Of the header of a recording that is decoded as it comes. */
const MAX_HEADER_BYTES = 8_192;
const NONE: ReadonlySet<FrameStream> = new Set();

/** Codecs of Matroska whose blocks are frames as in a stream, and several of them back to back where they are laced. */
const MATROSKA: readonly [codec: string, stream: FrameStream][] = [
  ['A_MPEG/L3', 'mp3'],
  ['A_EAC3', 'eac3'],
  ['A_AC3', 'ac3'],
];
/** Format tags of WAV. https://www.rfc-editor.org/rfc/rfc2361 */
const WAVE = new Map<number, FrameStream>([
  [0x0055, 'mp3'],
  [0x2000, 'ac3'],
  [0x1600, 'aac'],
]);
/** Of the stream's type, audio, in the header of ASF, and where the format tag is from there on. */
const ASF_AUDIO = Buffer.from('409e69f84d5bcf11a8fd00805f5c442b', 'hex');
const ASF_TAG_AT = 54;
const W64_FORMAT = Buffer.from('666d7420f3acd3118cd100c04f8edb8a', 'hex');
const W64_TAG_AT = 24;

/** The frames that a recording is made of besides its container, by what its beginning says. */
export function carriesFrames(container: Container, beginning: Buffer): ReadonlySet<FrameStream> {
  if (container === 'webm')
    return new Set(
      MATROSKA.filter(([codec]) => beginning.includes(codec, 0, 'latin1')).map(([, stream]) => stream),
    );
  const tagAt = formatTagAt(container, beginning);
  if (tagAt === undefined || tagAt + 2 > beginning.length) return NONE;
  const stream = WAVE.get(beginning.readUInt16LE(tagAt));
  return stream === undefined ? NONE : new Set([stream]);
}

function formatTagAt(container: Container, beginning: Buffer): number | undefined {
  if (container === 'wav') return behind(beginning, Buffer.from('fmt '), 8);
  if (container === 'w64') return behind(beginning, W64_FORMAT, W64_TAG_AT);
  return container === 'asf' ? behind(beginning, ASF_AUDIO, ASF_TAG_AT) : undefined;
}

function behind(bytes: Buffer, magic: Buffer, distance: number): number | undefined {
  const at = bytes.indexOf(magic);
  return at < 0 ? undefined : at + distance;
}

/** A recording that can be decoded as it comes, and whose header says which frames it is made of. */
export class DeclaredLayout implements Layout {
  private readonly header = new ByteWindow(2 * MAX_HEADER_BYTES);

  constructor(private readonly container: Container) {}

  write(bytes: Buffer): 'live' {
    const missing = MAX_HEADER_BYTES - this.header.length;
    if (missing > 0) this.header.append(bytes.subarray(0, missing));
    return 'live';
  }

  mayHold(stream: FrameStream): boolean {
    return carriesFrames(this.container, this.header.bytes).has(stream);
  }
}
