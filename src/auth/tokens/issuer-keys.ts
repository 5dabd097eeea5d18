import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type CryptoKey,
  type FlattenedJWSInput,
  type JWSHeaderParameters,
  type RemoteJWKSet,
} from 'jose';
import { AuthUnavailableError } from '../../common/errors/provider-errors.js';
import { fetchKeySet, KeySetFault } from './fetch-key-set.js';
import type { KeySetSettings } from './issuer.config.js';

/**
 * The public keys of the issuer. They are fetched by the clock and when a token names one that is not among them, but never twice within
 * the cooldown, whatever tokens name. While none can be fetched those that are there go on, up to their greatest age; what they cannot judge
 * is refused as unavailable.
 */
export class IssuerKeys implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(IssuerKeys.name);
  private readonly keySet: RemoteJWKSet;
  /** Of the last fetch that brought keys, and of the last one at all. */
  private fetchedAtMs = -Infinity;
  private triedAtMs = -Infinity;
  private _fault: string | undefined;
  private fetching: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly over = new AbortController();

  constructor(
    private readonly settings: KeySetSettings,
    private readonly nowMs = () => performance.now(),
  ) {
    this.keySet = createRemoteJWKSet(settings.url, {
      timeoutDuration: settings.timeoutMs,
      // Its own clock begins again with each success only, and forgets old keys while there are no new ones.
      cooldownDuration: Infinity,
      cacheMaxAge: Infinity,
      [customFetch]: fetchKeySet(settings.maxBytes, this.over.signal),
    });
  }

  /** Why the last fetch has brought no keys. */
  get fault(): string | undefined {
    return this._fault;
  }

  /** Whether keys are there that may be used. */
  get areThere(): boolean {
    return this.nowMs() - this.fetchedAtMs <= this.settings.maxAgeMs;
  }

  /** Nothing has been heard of the issuer yet. */
  get isStarting(): boolean {
    return this.triedAtMs === -Infinity;
  }

  onApplicationBootstrap(): void {
    void this.fetch();
  }

  onModuleDestroy(): void {
    clearTimeout(this.timer);
    this.over.abort();
  }

  /**
   * The key that a token names.
   * @throws AuthUnavailableError when it is not there, and might be if keys could be fetched
   * @throws errors.JOSEError when there is none
   */
  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (!this.areThere) await this.fetchAgain();
    if (!this.areThere) throw this.unavailable();
    try {
      return await this.keySet(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.fetchAgain();
      if (this._fault !== undefined) throw this.unavailable();
      return this.keySet(header, token);
    }
  }

  private async fetchAgain(): Promise<void> {
    if (this.fetching === undefined && this.waitMs > 0) return;
    await this.fetch();
  }

  /** Until the next fetch may begin. */
  private get waitMs(): number {
    return this.triedAtMs + this.settings.cooldownMs - this.nowMs();
  }

  private fetch(): Promise<void> {
    this.fetching ??= this.tryOnce().finally(() => {
      this.fetching = undefined;
      this.plan();
    });
    return this.fetching;
  }

  private async tryOnce(): Promise<void> {
    try {
      await this.keySet.reload();
      this.fetchedAtMs = this.nowMs();
      if (this._fault !== undefined) this.logger.log('The keys of the issuer can be fetched again');
      this._fault = undefined;
    } catch (error) {
      if (this.over.signal.aborted) return;
      const reason = reasonOf(error);
      if (reason !== this._fault)
        this.logger.error(
          { reason, variable: 'AUTH_JWT_JWKS_URL' },
          'The keys of the issuer cannot be fetched: those that are there go on',
        );
      this._fault = reason;
    } finally {
      this.triedAtMs = this.nowMs();
    }
  }

  private plan(): void {
    clearTimeout(this.timer);
    if (this.over.signal.aborted) return;
    const { refreshMs, cooldownMs } = this.settings;
    const inMs = this._fault === undefined ? Math.max(refreshMs, cooldownMs) : cooldownMs;
    this.timer = setTimeout(() => void this.fetch(), inMs);
    this.timer.unref();
  }

  private unavailable(): AuthUnavailableError {
    return new AuthUnavailableError(
      'Nobody can tell now whether this token is valid: the keys of its issuer cannot be fetched.',
      { retryAfterMs: Math.max(1_000, this.waitMs) },
    );
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof KeySetFault) return error.message;
  if (error instanceof errors.JWKSTimeout) return 'it does not answer in time';
  if (error instanceof errors.JOSEError) return 'its answer is no set of keys';
  const { code } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
  return `it cannot be reached (${code ?? 'unknown'})`;
}
