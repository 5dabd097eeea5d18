import { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { codeOf, KeptFiles } from './kept-files.js';

export interface CachedSpeech {
  provider: string;
  file: Buffer;
}

/** One that was read. */
export interface FoundSpeech extends CachedSpeech {
  /** A hash of the file. */
  integrity: string;
}

export interface SpeechCacheLimits {
  totalBytes: number;
  maxAgeMs: number;
}

/** What lies beside a file. */
interface SpeechMetadata {
  provider: string;
  tenantId: string;
}

/**
 * Complete speeches on disk, by tenant and key. What is read was checked against its hash; whatever goes wrong with the disk is a miss, or
 * a result that is not kept, never a failed request. When it is full, the tenant that has most gives way, with what it used least
 * recently, so nobody's speeches are displaced by somebody who keeps more. The order starts anew with the process.
 */
export class SpeechCache {
  private readonly logger = new Logger(SpeechCache.name);
  private readonly files: KeptFiles;
  /** Bytes by key, for each tenant. */
  private readonly tenants = new Map<string, LRUCache<string, number>>();
  private isWritable = true;

  constructor(
    dir: string,
    private readonly limits: SpeechCacheLimits,
  ) {
    this.files = new KeptFiles(dir);
  }

  get size(): number {
    return this.sum(({ size }) => size);
  }

  get bytes(): number {
    return this.sum(({ calculatedSize }) => calculatedSize);
  }

  private get isOn(): boolean {
    return this.limits.totalBytes > 0;
  }

  /** Whether a file of this size would be kept. */
  takes(bytes: number): boolean {
    return this.isOn && bytes <= this.limits.totalBytes;
  }

  /** Takes up what an earlier process left. */
  async open(): Promise<void> {
    if (!this.isOn) return;
    for (const { key, bytes, keptAt, metadata } of await this.files.open()) {
      const { tenantId } = (metadata ?? {}) as Partial<SpeechMetadata>;
      const ttl = keptAt + this.limits.maxAgeMs - Date.now();
      if (tenantId !== undefined && ttl > 0 && bytes > 0) this.add(tenantId, key, bytes, ttl);
      else await this.remove(key);
    }
  }

  async read(tenantId: string, key: string): Promise<FoundSpeech | undefined> {
    const own = this.tenants.get(tenantId);
    if (own?.get(key) === undefined) return undefined;
    try {
      const { file, integrity, metadata } = await this.files.read(key);
      return { file, integrity, provider: (metadata as SpeechMetadata).provider };
    } catch (error) {
      this.logger.warn({ cause: codeOf(error) }, 'Cached speech is damaged');
      await this.files.removeDamaged(key).catch(() => undefined);
      own.delete(key);
      return undefined;
    }
  }

  async write(tenantId: string, key: string, { file, provider }: CachedSpeech): Promise<void> {
    if (!this.takes(file.length)) return;
    try {
      await this.files.write(key, file, { provider, tenantId } satisfies SpeechMetadata);
      this.add(tenantId, key, file.length, this.limits.maxAgeMs);
      this.isWritable = true;
    } catch (error) {
      if (this.isWritable) this.logger.warn({ cause: codeOf(error) }, 'Speech cache cannot be written');
      this.isWritable = false;
    }
  }

  /** Waits for what is being written. */
  close(): Promise<void> {
    return this.files.settle();
  }

  private add(tenantId: string, key: string, bytes: number, ttl: number): void {
    const own = this.tenants.get(tenantId) ?? this.admit(tenantId);
    own.set(key, bytes, { ttl });
    while (this.bytes > this.limits.totalBytes) this.largest().pop();
  }

  private admit(tenantId: string): LRUCache<string, number> {
    const own = new LRUCache<string, number>({
      maxSize: this.limits.totalBytes,
      sizeCalculation: (bytes) => bytes,
      ttl: this.limits.maxAgeMs,
      dispose: (_bytes, key, reason) => {
        if (reason !== 'set') void this.remove(key);
      },
    });
    this.tenants.set(tenantId, own);
    return own;
  }

  private largest(): LRUCache<string, number> {
    return [...this.tenants.values()].reduce((most, each) =>
      each.calculatedSize > most.calculatedSize ? each : most,
    );
  }

  private sum(of: (own: LRUCache<string, number>) => number): number {
    return [...this.tenants.values()].reduce((sum, own) => sum + of(own), 0);
  }

  private async remove(key: string): Promise<void> {
    try {
      await this.files.remove(key);
    } catch (error) {
      this.logger.warn({ cause: codeOf(error) }, 'Cached speech cannot be removed');
    }
  }
}
