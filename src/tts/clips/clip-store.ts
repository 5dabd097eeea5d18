import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import cacache from 'cacache';
import { AUDIO_FORMATS, type AudioFormat } from '../../audio/encoding/audio-format.js';
import { OverloadedError } from '../../common/errors/caller-errors.js';

export interface Clip {
  id: string;
  format: AudioFormat;
  expiresAt: number;
  bytes: number;
  /** Strong: the hash of the content. */
  etag: string;
  path: string;
}

/** Finished speeches on disk under an id, each until its time is over. */
export class ClipStore {
  private readonly logger = new Logger(ClipStore.name);
  /** By id, in the order of their making; all live equally long, so the first to expire come first. */
  private readonly clips = new Map<string, Clip>();
  #bytes = 0;

  constructor(
    private readonly dir: string,
    private readonly limitBytes: number,
  ) {}

  get size(): number {
    return this.clips.size;
  }

  /** Takes up what an earlier process left. */
  async open(): Promise<void> {
    const entries = Object.values(await cacache.ls(this.dir).catch(() => ({})));
    for (const entry of entries.toSorted((a, b) => a.time - b.time)) {
      const { format, expiresAt } = entry.metadata as { format: AudioFormat; expiresAt: number };
      if (AUDIO_FORMATS.includes(format)) this.add(toClip(entry, entry.size ?? 0, format, expiresAt));
    }
    await this.dropExpired();
  }

  /** @throws OverloadedError when the space for clips is taken */
  async keep(file: Buffer, format: AudioFormat, expiresAt: number): Promise<Clip> {
    await this.dropExpired();
    if (this.#bytes + file.length > this.limitBytes)
      throw new OverloadedError('The space for clips is taken.', { retryAfterMs: 60_000 });
    const id = randomBytes(18).toString('base64url');
    await cacache.put(this.dir, id, file, { metadata: { format, expiresAt } });
    const entry = await cacache.get.info(this.dir, id);
    if (entry === null) throw new Error('A clip that was just written cannot be found');
    const clip = toClip(entry, file.length, format, expiresAt);
    this.add(clip);
    return clip;
  }

  find(id: string): Clip | undefined {
    const clip = this.clips.get(id);
    return clip !== undefined && clip.expiresAt > Date.now() ? clip : undefined;
  }

  private add(clip: Clip): void {
    this.clips.set(clip.id, clip);
    this.#bytes += clip.bytes;
  }

  private async dropExpired(): Promise<void> {
    const now = Date.now();
    for (const clip of this.clips.values()) {
      if (clip.expiresAt > now) break;
      this.clips.delete(clip.id);
      this.#bytes -= clip.bytes;
      await this.remove(clip);
    }
  }

  private async remove({ id, etag }: Clip): Promise<void> {
    try {
      await cacache.rm.entry(this.dir, id);
      // Equal clips share one file.
      const isShared = [...this.clips.values()].some((other) => other.etag === etag);
      if (!isShared) await cacache.rm.content(this.dir, integrityOf(etag));
    } catch {
      this.logger.warn({ clipId: id }, 'Clip cannot be removed');
    }
  }
}

function toClip(
  { key: id, path, integrity }: cacache.CacheObject,
  bytes: number,
  format: AudioFormat,
  expiresAt: number,
): Clip {
  return { id, format, expiresAt, bytes, path, etag: `"${integrity}"` };
}

function integrityOf(etag: string): string {
  return etag.slice(1, -1);
}
