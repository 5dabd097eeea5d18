import { rmSync } from 'node:fs';
import { mkdtemp, open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecodeFailedError } from '../../common/errors/session-errors.js';

/** A recording that has to be complete before it can be read, kept in a temporary file of bounded size. */
export class SpooledFile {
  private bytes = 0;

  private constructor(
    private readonly folder: string,
    private readonly file: FileHandle,
    private readonly maxBytes: number,
  ) {}

  static async create(maxBytes: number): Promise<SpooledFile> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-recording-'));
    return new SpooledFile(folder, await open(recordingIn(folder), 'wx', 0o600), maxBytes);
  }

  /** @throws DecodeFailedError when the file would become too large */
  async append(bytes: Buffer): Promise<void> {
    this.bytes += bytes.length;
    if (this.bytes > this.maxBytes)
      throw new DecodeFailedError('The MP4 recording is too long for one with its index at the end.');
    await this.file.write(bytes);
  }

  /** Closes the file for reading and tells its path. */
  async complete(): Promise<string> {
    await this.file.close();
    return recordingIn(this.folder);
  }

  remove(): void {
    this.file.close().catch(() => undefined);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function recordingIn(folder: string): string {
  return join(folder, 'recording');
}
