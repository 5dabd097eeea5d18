import { Logger } from '@nestjs/common';
import { ParleyError } from '../../common/errors/parley-error.js';
import { MemoryRevokedTokens } from './memory-revoked-tokens.js';
import { RevocationFolder } from './revocation-folder.js';
import type { RevokedToken, RevokedTokens } from './revoked-tokens.js';

/** How often files of tokens that have expired are looked for, at most. */
const SWEEP_MS = 3_600_000;

/** The token is refused from now on, and would be valid again after a restart. */
export class RevocationNotKeptError extends ParleyError {
  readonly code = 'internal';
  readonly retryable = true;
}

/** For tokens that outlive this process: those of `AUTH_TOKEN_SECRETS`, and those of an identity provider. */
export class KeptRevokedTokens implements RevokedTokens {
  private readonly logger = new Logger(KeptRevokedTokens.name);
  private readonly memory: MemoryRevokedTokens;
  private sweptAtMs: number;

  private constructor(
    private readonly folder: RevocationFolder,
    maxPerTenant: number,
    private readonly nowMs: () => number,
  ) {
    this.memory = new MemoryRevokedTokens(maxPerTenant, nowMs);
    this.sweptAtMs = nowMs();
  }

  /** @throws ConfigError when the folder cannot be used */
  static async open(path: string, maxPerTenant: number, nowMs = Date.now): Promise<KeptRevokedTokens> {
    const [folder, tokens] = await RevocationFolder.open(path);
    const sut = new KeptRevokedTokens(folder, maxPerTenant, nowMs);
    for (const token of tokens) sut.memory.restore(token);
    await sut.forgetExpired(tokens);
    return sut;
  }

  has(token: Pick<RevokedToken, 'id' | 'tenantId'>): Promise<boolean> {
    return this.memory.has(token);
  }

  /** @throws RevocationNotKeptError when it cannot be written down */
  async add(token: RevokedToken): Promise<void> {
    await this.memory.add(token);
    try {
      await this.folder.keep(token);
    } catch (cause) {
      throw new RevocationNotKeptError(
        'The token is refused from now on, but a restart would make it valid again: the revocation could not be written down. Try again.',
        { cause },
      );
    }
    if (this.nowMs() - this.sweptAtMs >= SWEEP_MS) void this.sweep();
  }

  private async sweep(): Promise<void> {
    this.sweptAtMs = this.nowMs();
    try {
      await this.forgetExpired(await this.folder.read());
    } catch (error) {
      this.logger.warn(
        { err: error, variable: 'AUTH_REVOKED_TOKENS_DIR' },
        'Expired tokens could not be removed',
      );
    }
  }

  private async forgetExpired(tokens: readonly RevokedToken[]): Promise<void> {
    for (const token of tokens) if (token.expiresAtMs <= this.nowMs()) await this.folder.forget(token);
  }
}
