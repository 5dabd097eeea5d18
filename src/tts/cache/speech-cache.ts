import { Logger } from '@nestjs/common';
import cacache from 'cacache';
import { LRUCache } from 'lru-cache';

export interface CachedSpeech {
  provider: string;
  file: Buffer;
}

interface Entry {
  bytes: number;
  /** Content address; equal speeches of two keys share one file. */
  integrity: string;
}

export interface SpeechCacheLimits {
  totalBytes: number;
  maxAgeMs: number;
}

/**
 * Complete speeches on disk, by key. What is read was checked against its hash; whatever goes wrong with the disk is a miss, or
 * a result that is not kept, never a failed request. The least recently used go first; the order starts anew with the process.
 */
export class SpeechCache {
  private readonly logger = new Logger(SpeechCache.name);
  private readonly index: LRUCache<string, Entry>;
  readonly #writing = new Set<Promise<void>>();
  #isWritable = true;

  constructor(
    private readonly dir: string,
    private readonly limits: SpeechCacheLimits,
  ) {
    this.index = new LRUCache<string, Entry>({
      maxSize: Math.max(1, limits.totalBytes),
      sizeCalculation: ({ bytes }) => bytes,
      ttl: limits.maxAgeMs,
      dispose: (entry, key, reason) => {
        if (reason !== 'set') void this.remove(key, entry);
      },
    });
  }

  get size(): number {
    return this.index.size;
  }

  get bytes(): number {
    return this.index.calculatedSize;
  }

  private get isOn(): boolean {
    return this.limits.totalBytes > 0;
  }

  /** Takes up what an earlier process left. */
  async open(): Promise<void> {
    if (!this.isOn) return;
    const entries = Object.values(await cacache.ls(this.dir).catch(() => ({})));
    for (const { key, time, size, integrity } of entries.toSorted((a, b) => a.time - b.time)) {
      const ttl = time + this.limits.maxAgeMs - Date.now();
      const entry = { bytes: size, integrity };
      if (ttl > 0 && size > 0) this.index.set(key, entry, { ttl });
      else await this.remove(key, entry);
    }
  }

  async read(key: string): Promise<CachedSpeech | undefined> {
    if (!this.isOn || this.index.get(key) === undefined) return undefined;
    try {
      const { data, metadata } = await cacache.get(this.dir, key);
      return { file: data, provider: String((metadata as { provider?: unknown }).provider) };
    } catch (error) {
      this.logger.warn({ cause: codeOf(error) }, 'Cached speech is damaged');
      this.index.delete(key);
      return undefined;
    }
  }

  async write(key: string, speech: CachedSpeech): Promise<void> {
    if (!this.isOn || speech.file.length > this.limits.totalBytes) return;
    const writing = this.put(key, speech).finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
    await writing;
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await Promise.all(this.#writing);
  }

  private async put(key: string, { file, provider }: CachedSpeech): Promise<void> {
    try {
      const integrity = await cacache.put(this.dir, key, file, { metadata: { provider } });
      this.index.set(key, { bytes: file.length, integrity: integrity });
      this.#isWritable = true;
    } catch (error) {
      if (this.#isWritable) this.logger.warn({ cause: codeOf(error) }, 'Speech cache cannot be written');
      this.#isWritable = false;
    }
  }

  private async remove(key: string, { integrity }: Entry): Promise<void> {
    try {
      await cacache.rm.entry(this.dir, key);
      const isShared = [...this.index.values()].some((other) => other.integrity === integrity);
      if (!isShared) await cacache.rm.content(this.dir, integrity);
    } catch (error) {
      this.logger.warn({ cause: codeOf(error) }, 'Cached speech cannot be removed');
    }
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
}
