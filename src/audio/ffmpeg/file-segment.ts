import { closeSync, mkdtempSync, openSync, rmSync, write } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DecodeFailedError } from '../../common/errors/session-errors.js';
import type { DecoderLimits } from '../decoder-limits.js';
import type { Container, SegmentDecoder } from '../recording/segment-decoder.js';
import type { Replay } from '../replay/replay.js';
import { FfmpegSegment } from './ffmpeg-segment.js';

const writeFile = promisify(write);

/**
 * A recording that has to be complete before it can be read, kept in a temporary file of bounded size. It has no name from
 * before its first byte on, so the system frees it with its last reader, however this process ends. Readers inherit it open.
 */
export class SpooledFile {
  private bytes = 0;
  private state: 'open' | 'removed' = 'open';
  private writing: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly descriptor: number,
    private readonly maxBytes: number,
  ) {}

  static create(maxBytes: number): SpooledFile {
    const folder = mkdtempSync(join(tmpdir(), 'parley-recording-'));
    try {
      return new SpooledFile(openSync(join(folder, 'recording'), 'wx+', 0o600), maxBytes);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** @throws DecodeFailedError when the file would become too large */
  async append(bytes: Buffer): Promise<void> {
    if (this.state === 'removed') return;
    if (this.bytes + bytes.length > this.maxBytes)
      throw new DecodeFailedError('The recording is too long for one with its index at the end.');
    const at = this.bytes;
    this.bytes += bytes.length;
    this.writing = this.write(Buffer.from(bytes), at);
    await this.writing;
  }

  /** Closes the file after the write that runs. */
  remove(): void {
    if (this.state === 'removed') return;
    this.state = 'removed';
    const close = (): void => closeSync(this.descriptor);
    this.writing.then(close, close);
  }

  private async write(bytes: Buffer, at: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await writeFile(this.descriptor, bytes, done, bytes.length - done, at + done);
      done += bytesWritten;
    }
  }
}

/** A file is simply read again from its beginning. */
const FILE_REPLAY: Replay = {
  note: () => undefined,
  from: () => ({ bytes: [], position: 0 }),
  durableFrom: () => undefined,
};

/** A recording whose index is behind its audio, as phones save it: nothing can be heard before all of it is there. */
export class FileSegment implements SegmentDecoder {
  private segment: FfmpegSegment | undefined;
  private isFreed = false;
  private readonly file: SpooledFile;

  constructor(
    private readonly path: string,
    private readonly format: Container,
    private readonly limits: DecoderLimits,
  ) {
    this.file = SpooledFile.create(limits.maxSpooledBytes);
  }

  async *write(bytes: Buffer): AsyncGenerator<Int16Array> {
    await this.file.append(bytes);
    yield* [];
  }

  async *finish(): AsyncGenerator<Int16Array> {
    if (this.isFreed) return;
    const input = { format: this.format, file: this.file.descriptor };
    this.segment = new FfmpegSegment(this.path, input, FILE_REPLAY, this.limits);
    yield* this.segment.finish();
  }

  /** Without the index, which comes last, none of its bytes can be decoded. */
  durableFrom(): undefined {
    return undefined;
  }

  free(): void {
    this.isFreed = true;
    this.segment?.free();
    this.file.remove();
  }
}
