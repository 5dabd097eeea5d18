import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Logger } from '@nestjs/common';
import { z } from 'zod';
import { describeCause } from '../../../common/errors/describe-cause.js';
import { ConfigError } from '../../../config/load-env.js';

const windows = z.object({
  version: z.literal(1),
  storage: z.array(z.object({ key: z.string(), value: z.number(), expiresAt: z.number().nullable() })),
});
const fileSchema = z.object({ minute: windows, day: windows });
/** What was counted in the windows that are not over, as the limiter gives it. */
export type CountedWindows = z.output<typeof fileSchema>;

/**
 * Keeps what was counted in a file, so that a restart gives nobody a budget anew. It is written a moment after a change and at the end
 * of the process; only a process that is killed forgets that moment.
 */
export class WindowFile {
  private readonly logger = new Logger(WindowFile.name);
  private timer: NodeJS.Timeout | undefined;
  private writing = Promise.resolve();
  /** What gives the content, when the file does not have it yet. */
  private unsaved: (() => CountedWindows) | undefined;
  private hasFailed = false;

  constructor(
    private readonly path: string,
    private readonly saveMs: number,
  ) {}

  /**
   * @returns undefined when there is none yet
   * @throws ConfigError for a file that is not what was written: what it counted cannot be known
   */
  read(): CountedWindows | undefined {
    try {
      return fileSchema.parse(JSON.parse(readFileSync(this.path, 'utf8')));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return undefined;
      throw new ConfigError(
        `LEDGER_FILE cannot be read (${code ?? 'it is not what Parley wrote'}): move it away to begin with budgets that nobody has used`,
      );
    }
  }

  /** Something was counted. */
  changed(content: () => CountedWindows): void {
    this.unsaved = content;
    this.timer ??= setTimeout(() => void this.save(), this.saveMs).unref();
  }

  /** Writes what is not written yet. Never rejects: budgets count on without their file, and the log says so. */
  save(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.then(() => this.write());
    return this.writing;
  }

  private async write(): Promise<void> {
    const content = this.unsaved;
    if (content === undefined) return;
    this.unsaved = undefined;
    try {
      await replaceFile(this.path, JSON.stringify(content()));
      this.hasFailed = false;
    } catch (error) {
      if (!this.hasFailed)
        this.logger.error(
          { cause: describeCause(error) },
          'LEDGER_FILE cannot be written: a restart would give the budgets anew',
        );
      this.hasFailed = true;
    }
  }
}

/** Whoever reads has the old content or the new one. */
async function replaceFile(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const next = `${path}.${randomUUID()}`;
  try {
    await writeFile(next, content, { mode: 0o600, flag: 'wx' });
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}
