import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { UnauthorizedError, ResumeExpiredError } from '../common/errors/caller-errors.js';
import { KeptByTenant } from '../common/limits/kept-by-tenant.js';
import type { TranscriptionSession } from './transcription-session.js';

interface Entry {
  session: TranscriptionSession;
  tokenHash: Buffer;
  /** Forgets a session that has ended. */
  timer?: NodeJS.Timeout;
}

/** The sessions that a client may come back to: those that run, and those that ended a moment ago. */
export class ResumableSessions {
  private readonly entries = new Map<string, Entry>();
  private readonly _ended: KeptByTenant<Entry>;

  /**
   * @param keepMs how long an ended session can be asked for its end
   * @param maxEnded how many of them are kept
   */
  constructor(
    private readonly keepMs: number,
    maxEnded: number,
  ) {
    this._ended = new KeptByTenant(maxEnded);
  }

  get size(): number {
    return this.entries.size;
  }

  /** @returns the token that resumes the session. It is not kept, only its hash. */
  add(session: TranscriptionSession): string {
    const token = randomBytes(24).toString('base64url');
    this.entries.set(session.id, { session, tokenHash: hash(token) });
    return token;
  }

  /**
   * @throws ResumeExpiredError for a session that is unknown, no longer kept, or another tenant's
   * @throws UnauthorizedError for a wrong token
   */
  find(tenantId: string, sessionId: string, token: string): TranscriptionSession {
    const entry = this.entries.get(sessionId);
    if (!entry || entry.session.owner.tenantId !== tenantId)
      throw new ResumeExpiredError('There is no such session any more.', { param: 'resume.sessionId' });
    if (!timingSafeEqual(entry.tokenHash, hash(token)))
      throw new UnauthorizedError('The token does not resume this session.', { param: 'resume.token' });
    return entry.session;
  }

  /** The session is over. */
  ended(sessionId: string): void {
    const entry = this.entries.get(sessionId);
    if (!entry) return;
    entry.timer = setTimeout(() => this.remove(sessionId), this.keepMs).unref();
    const dropped = this._ended.add(entry.session.owner.tenantId, sessionId, entry);
    for (const { session } of dropped) this.remove(session.id);
  }

  remove(sessionId: string): void {
    const entry = this.entries.get(sessionId);
    if (!entry) return;
    clearTimeout(entry.timer);
    this._ended.remove(entry.session.owner.tenantId, sessionId);
    this.entries.delete(sessionId);
  }
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
