import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { AUDIO_FORMATS, type AudioFormat } from '../../audio/encoding/audio-format.js';
import { OverloadedError } from '../../common/errors/caller-errors.js';
import { ProviderUnconfiguredError } from '../../common/errors/provider-errors.js';
import { TenantShares, type TenantSharing } from '../../common/limits/tenant-shares.js';
import { codeOf, KeptFiles, type KeptFile } from '../storage/kept-files.js';

export interface Clip {
  id: string;
  tenantId: string;
  format: AudioFormat;
  expiresAt: number;
  bytes: number;
  /** Strong: the hash of the content. */
  etag: string;
  path: string;
}

/** What lies beside a file. */
interface ClipMetadata {
  format: AudioFormat;
  expiresAt: number;
  /** Earlier versions did not say whose a clip is. */
  tenantId?: string;
}

/** The disk is full, or takes no more for now. */
const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EAGAIN']);

/** Finished speeches on disk under an id, each until its time is over. */
export class ClipStore {
  private readonly logger = new Logger(ClipStore.name);
  private readonly files: KeptFiles;
  private readonly clips = new Map<string, Clip>();
  private readonly bytes: TenantShares;
  /** When the next clip is over. */
  private nextEnd = Infinity;

  constructor(dir: string, limitBytes: number, sharing: TenantSharing) {
    this.files = new KeptFiles(dir);
    this.bytes = new TenantShares(limitBytes, sharing);
  }

  get size(): number {
    return this.clips.size;
  }

  get takenBytes(): number {
    return this.bytes.taken;
  }

  /** Takes up what an earlier process left. */
  async open(): Promise<void> {
    for (const file of await this.files.open()) {
      const { format, expiresAt = 0, tenantId = '' } = (file.metadata ?? {}) as Partial<ClipMetadata>;
      if (format === undefined || !AUDIO_FORMATS.includes(format)) continue;
      this.bytes.add(tenantId, file.bytes);
      this.add(toClip(file, { format, expiresAt, tenantId }));
    }
    await this.dropExpired();
  }

  /**
   * @throws OverloadedError when the space for clips, or this tenant's share of it, is taken
   * @throws ProviderUnconfiguredError when the folder cannot be written
   */
  async keep(file: Buffer, metadata: Required<ClipMetadata>): Promise<Clip> {
    const { tenantId } = metadata;
    await this.dropExpired();
    // Taken before the disk is waited for, so that clips that come together do not all find the same space.
    if (!this.bytes.acquire(tenantId, file.length))
      throw new OverloadedError('The space for clips is taken.', { retryAfterMs: 60_000 });
    try {
      const clip = toClip(
        await this.files.write(randomBytes(18).toString('base64url'), file, metadata),
        metadata,
      );
      this.add(clip);
      return clip;
    } catch (error) {
      this.bytes.release(tenantId, file.length);
      throw unwritable(error);
    }
  }

  find(id: string): Clip | undefined {
    const clip = this.clips.get(id);
    return clip !== undefined && clip.expiresAt > Date.now() ? clip : undefined;
  }

  private add(clip: Clip): void {
    this.clips.set(clip.id, clip);
    this.nextEnd = Math.min(this.nextEnd, clip.expiresAt);
  }

  /** How long a clip lives may change between two starts, so the first one made need not be the first one that is over. */
  private async dropExpired(): Promise<void> {
    const now = Date.now();
    if (now < this.nextEnd) return;
    const expired = [...this.clips.values()].filter(({ expiresAt }) => expiresAt <= now);
    for (const { id, tenantId, bytes } of expired) {
      this.clips.delete(id);
      this.bytes.release(tenantId, bytes);
    }
    this.nextEnd = [...this.clips.values()].reduce(
      (next, { expiresAt }) => Math.min(next, expiresAt),
      Infinity,
    );
    for (const { id } of expired) await this.remove(id);
  }

  private async remove(id: string): Promise<void> {
    try {
      await this.files.remove(id);
    } catch (error) {
      this.logger.warn({ clipId: id, cause: codeOf(error) }, 'Clip cannot be removed');
    }
  }
}

function unwritable(cause: unknown): Error {
  return NO_SPACE.has(codeOf(cause))
    ? new OverloadedError('The disk for clips is full.', { retryAfterMs: 60_000, cause })
    : new ProviderUnconfiguredError(
        'Clips cannot be written. Set TTS_DIR to a folder that the server may write to.',
        {
          cause,
        },
      );
}

function toClip({ key: id, path, integrity, bytes }: KeptFile, metadata: Required<ClipMetadata>): Clip {
  return { id, path, bytes, etag: `"${integrity}"`, ...metadata };
}
