import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../../config/load-env.js';
import type { RevokedToken } from './revoked-tokens.js';

/** `<when it ends>.<id>.<tenant>`: names say all, so that there is no content that could be half written. */
const NAME = /^(\d{1,16})\.([\w-]{1,64})\.([a-z0-9][a-z0-9._-]{0,63})$/i;

/** A folder with one empty file for each revoked token. Several processes may use one folder: nobody writes what another has written. */
export class RevocationFolder {
  private constructor(private readonly path: string) {}

  /**
   * Makes the folder unless it is there.
   * @throws ConfigError when it cannot be used
   */
  static async open(path: string): Promise<[RevocationFolder, RevokedToken[]]> {
    const folder = new RevocationFolder(path);
    try {
      await mkdir(path, { recursive: true, mode: 0o700 });
      return [folder, await folder.read()];
    } catch (error) {
      throw error instanceof ConfigError ? error : unusable(error);
    }
  }

  /** Resolves when the token will be found again, however this process or the machine ends. */
  async keep(token: RevokedToken): Promise<void> {
    const file = await open(this.pathOf(token), 'w', 0o600);
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    // The name itself is in the folder. Windows opens no folders, and writes names at once.
    if (process.platform === 'win32') return;
    const folder = await open(this.path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** @throws ConfigError for a name that is none of ours: what it has stood for would be valid again */
  async read(): Promise<RevokedToken[]> {
    // The system's own files, such as those of a file manager, begin with a dot.
    const names = (await readdir(this.path)).filter((name) => !name.startsWith('.'));
    return names.map((name) => {
      const match = NAME.exec(name);
      if (!match)
        throw new ConfigError(
          `AUTH_REVOKED_TOKENS_DIR: "${name}" is no revoked token. Remove it if it is none of Parley's; else restore the folder, or remove it and change AUTH_TOKEN_SECRETS, which ends all tokens.`,
        );
      return { expiresAtMs: Number(match[1]), id: match[2]!, tenantId: match[3]! };
    });
  }

  async forget(token: RevokedToken): Promise<void> {
    await rm(this.pathOf(token), { force: true });
  }

  private pathOf({ expiresAtMs, id, tenantId }: RevokedToken): string {
    return join(this.path, `${Math.ceil(expiresAtMs)}.${id}.${tenantId}`);
  }
}

function unusable(error: unknown): ConfigError {
  const { code } = error as NodeJS.ErrnoException;
  return new ConfigError(
    `AUTH_REVOKED_TOKENS_DIR: it cannot be used (${code ?? 'unknown'}). Revoked tokens are kept there, so that a restart does not make them valid again.`,
  );
}
