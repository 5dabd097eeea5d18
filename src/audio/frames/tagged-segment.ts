import { DecodeFailedError } from '../../common/errors/session-errors.js';
import { ByteWindow } from '../byte-window.js';
import { ForwardingSegment, type Container, type SegmentDecoder } from '../recording/segment-decoder.js';
import { sniffContainer } from '../recording/container-signature.js';

const TAG_HEADER_BYTES = 10;
/** Enough to tell what follows a tag. */
const SNIFF_BYTES = 12;
const MAX_WINDOW_BYTES = 131_072;
/** What may have a tag before it. */
const TAGGED: ReadonlySet<Container> = new Set(['mp3', 'aac', 'ac3', 'eac3', 'flac']);

/**
 * A stream of frames behind a tag of ID3, or several, which may hold megabytes of pictures: MP3, but also AAC as HLS cuts it. The tags
 * are passed over here, and no process is started before audio follows.
 */
export class TaggedSegment extends ForwardingSegment {
  private readonly window = new ByteWindow(MAX_WINDOW_BYTES);
  private skipBytes = 0;
  private tagBytes = 0;

  constructor(
    private readonly open: (container: Container) => SegmentDecoder,
    private readonly maxTagBytes: number,
  ) {
    super();
  }

  override async *write(bytes: Buffer): AsyncGenerator<Int16Array> {
    if (this.inner !== undefined) {
      yield* super.write(bytes);
      return;
    }
    this.window.append(bytes);
    this.passTags();
    if (this.skipBytes === 0 && this.window.length >= SNIFF_BYTES) yield* this.beginByContent();
  }

  override async *finish(): AsyncGenerator<Int16Array> {
    if (this.inner === undefined && this.window.length > 0) yield* this.beginByContent();
    yield* super.finish();
  }

  override durableFrom(bytes: number): number | undefined {
    if (bytes <= this.tagBytes) return 0;
    return super.durableFrom(bytes - this.tagBytes);
  }

  private passTags(): void {
    for (;;) {
      const passed = Math.min(this.skipBytes, this.window.length);
      this.window.consume(passed);
      this.skipBytes -= passed;
      this.tagBytes += passed;
      const size = this.skipBytes > 0 ? undefined : tagSize(this.window.bytes);
      if (size === undefined) return;
      if (this.tagBytes + size > this.maxTagBytes)
        throw new DecodeFailedError('The recording begins with too large a tag.');
      this.skipBytes = size;
    }
  }

  private beginByContent(): AsyncGenerator<Int16Array> {
    const sniffed = sniffContainer(this.window.bytes);
    return this.begin(this.open(sniffed !== undefined && TAGGED.has(sniffed) ? sniffed : 'mp3'), this.window);
  }
}

/** Size of the tag at the start of `bytes`. It is written in four times seven bits. https://id3.org/id3v2.4.0-structure */
function tagSize(bytes: Buffer): number | undefined {
  if (bytes.length < TAG_HEADER_BYTES || bytes.toString('latin1', 0, 3) !== 'ID3') return undefined;
  return TAG_HEADER_BYTES + [6, 7, 8, 9].reduce((size, at) => size * 128 + (bytes[at]! & 127), 0);
}
