import { timingSafeEqual } from 'node:crypto';
import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { ConfigError } from '../../config/load-env.js';
import type { authConfig } from '../auth.config.js';
import { LOCAL_CALLER } from '../caller.js';
import { hashOf, plainKeyOf, stateOf, type ApiKey } from './api-key.js';
import type { KeyChanges } from './key-changes.js';
import { apiKeyOf, KeyFileError, readKeyFile } from './key-file.js';
import { stampOf } from './key-file-stamp.js';

type AuthConfig = ConfigType<typeof authConfig>;

/**
 * The keys that are valid now: those of `API_KEYS`, and those of the file, which is read again when it changes. A file that cannot be
 * used changes nothing: the keys that were read last stay, and `fault` says what is wrong.
 */
export class KeyRing implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(KeyRing.name);
  private keys: readonly ApiKey[] = [];
  private byId: ReadonlyMap<string, ApiKey> = new Map();
  private stamp: string | undefined;
  private _fault: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private reading: Promise<void> | undefined;

  private constructor(
    private readonly config: AuthConfig,
    private readonly changes: KeyChanges,
  ) {
    this.replace([]);
  }

  /** @throws ConfigError when the file of keys cannot be used */
  static async open(config: AuthConfig, changes: KeyChanges): Promise<KeyRing> {
    const ring = new KeyRing(config, changes);
    try {
      await ring.read();
    } catch (error) {
      if (!(error instanceof KeyFileError)) throw error;
      throw new ConfigError(
        `API_KEYS_FILE: ${error.message}. \`npm run keys -- create\` makes the first key, and the file.`,
      );
    }
    return ring;
  }

  /** Nobody has a key, so only this machine is served. A file without keys is not that: it lets nobody in. */
  get isKeyless(): boolean {
    return this.config.isKeyless;
  }

  get hasFile(): boolean {
    return this.config.keysFile !== undefined;
  }

  /** Why the file of keys, as it is now, is not used. */
  get fault(): string | undefined {
    return this._fault;
  }

  get all(): readonly ApiKey[] {
    return this.keys;
  }

  /** By what names a key everywhere but at the door. It may be expired or revoked. */
  find(keyId: string): ApiKey | undefined {
    return this.byId.get(keyId);
  }

  /** Whether work may begin in the name of a key: it is here, and neither expired nor revoked. */
  isLive(keyId: string, nowMs = Date.now()): boolean {
    if (this.isKeyless) return keyId === LOCAL_CALLER.keyId;
    const key = this.byId.get(keyId);
    return key !== undefined && stateOf(key, nowMs) === 'live';
  }

  /** Compares hashes, always with every key, so that the time taken tells nothing about them. */
  match(secret: string): ApiKey | undefined {
    const hash = hashOf(secret);
    let found: ApiKey | undefined;
    for (const key of this.keys) if (timingSafeEqual(key.keyHash, hash)) found ??= key;
    return found;
  }

  onApplicationBootstrap(): void {
    if (this.config.keysFile === undefined) return;
    this.timer = setInterval(() => void this.reload(), this.config.keysPollMs);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.reading;
  }

  /** Reads the file again if it has changed. One read at a time: a slow disk is not asked again while it is asked. */
  reload(): Promise<void> {
    this.reading ??= this.follow().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async follow(): Promise<void> {
    try {
      const hasChanged = await this.read();
      if (this._fault !== undefined) this.logger.log('The file of keys is in order again');
      else if (hasChanged) this.logger.log({ keys: this.keys.length }, 'Keys were read again');
      this._fault = undefined;
    } catch (error) {
      const reason = error instanceof KeyFileError ? error.message : 'it cannot be read';
      if (reason !== this._fault)
        this.logger.error(
          { reason, variable: 'API_KEYS_FILE' },
          'The file of keys is not used: the former keys stay',
        );
      this._fault = reason;
    }
  }

  /** @returns whether it was read. A file with a fault is read again each time, as what is wrong may lie beside it. */
  private async read(): Promise<boolean> {
    const { keysFile, keysFileMaxBytes } = this.config;
    if (keysFile === undefined) return false;
    // Taken before, so that a change during the read is seen the next time.
    const stamp = await stampOf(keysFile);
    if (this._fault === undefined && stamp !== undefined && stamp === this.stamp) return false;
    const records = await readKeyFile(keysFile, keysFileMaxBytes);
    this.stamp = stamp;
    this.replace(records.map(apiKeyOf));
    return true;
  }

  private replace(ofFile: readonly ApiKey[]): void {
    // A key that is in both is as the file has it: it may be revoked there. Of two in API_KEYS the first one counts.
    const keys = [...this.config.keys.map(plainKeyOf).toReversed(), ...ofFile];
    const byId = new Map(keys.map((key) => [key.keyId, key]));
    const former = this.keys;
    this.byId = byId;
    this.keys = [...byId.values()];
    const tenants = this.keys.filter(({ isRevoked }) => !isRevoked).map(({ tenantId }) => tenantId);
    this.config.tenantSharing.tenants = Math.max(this.config.leastTenants, new Set(tenants).size);
    for (const key of former)
      if (!key.isRevoked && hasLost(key, byId.get(key.keyId), Date.now()))
        this.changes.announceRevoked(key.keyId);
  }
}

function expiryOf({ expiresAtMs = Infinity }: ApiKey): number {
  return expiresAtMs;
}

/** Whether what was begun with a key could not be begun any more. */
function hasLost(before: ApiKey, now: ApiKey | undefined, nowMs: number): boolean {
  if (!now || now.isRevoked || now.tenantId !== before.tenantId) return true;
  // Whoever writes an end that is over means it to be over now. One that lies ahead comes as any expiry does.
  if (expiryOf(now) < expiryOf(before) && expiryOf(now) <= nowMs) return true;
  return [...before.scopes].some((scope) => !now.scopes.has(scope));
}
