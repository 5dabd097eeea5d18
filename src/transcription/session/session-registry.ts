import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { UnauthorizedError, ResumeExpiredError } from '../../common/errors/caller-errors.js';
import { KeptByTenant } from '../../common/limits/kept-by-tenant.js';
import type { TranscriptionSession } from './transcription-session.js';

interface Entry {
  session: TranscriptionSession;
  /** Only of a session that a client may come back to. */
  tokenHash?: Buffer;
  /** Forgets a session that is over. */
  timer?: NodeJS.Timeout;
}

/** All sessions by their id: those that run, and for a while those that are over, so that a client can come back to hear the end. */
export class SessionRegistry {
  private readonly entries = new Map<string, Entry>();
  private readonly over: KeptByTenant<Entry>;

  /**
   * @param keepMs how long a session that is over can be resumed
   * @param maxOver how many of them are kept
   */
  constructor(
    private readonly keepMs: number,
    maxOver: number,
  ) {
    this.over = new KeptByTenant(maxOver);
  }

  get running(): TranscriptionSession[] {
    return Array.from(this.entries.values(), ({ session }) => session);
  }

  /** Adds a session that ends with its connection. */
  add(session: TranscriptionSession): void {
    this.entries.set(session.id, { session });
  }

  /** @returns the token that resumes the session. Only its hash is kept. */
  addResumable(session: TranscriptionSession): string {
    const token = randomBytes(24).toString('base64url');
    this.entries.set(session.id, { session, tokenHash: hash(token) });
    return token;
  }

  /**
   * @throws ResumeExpiredError for a session that is unknown, no longer kept, or another tenant's
   * @throws UnauthorizedError for a wrong token
   */
  find(tenantId: string, sessionId: string, token: string): TranscriptionSession {
    const { session, tokenHash } = this.entries.get(sessionId) ?? this.over.get(tenantId, sessionId) ?? {};
    if (!session || !tokenHash || session.owner.tenantId !== tenantId)
      throw new ResumeExpiredError('There is no such session any more.', { param: 'resume.sessionId' });
    if (!timingSafeEqual(tokenHash, hash(token)))
      throw new UnauthorizedError('The token does not resume this session.', { param: 'resume.token' });
    return session;
  }

  /** The session runs no more. One that was refused is forgotten at once: its client never got the token. */
  ended({ id, isOver, owner: { tenantId } }: TranscriptionSession): void {
    const entry = this.entries.get(id);
    this.entries.delete(id);
    if (!entry?.tokenHash || !isOver) return;
    entry.timer = setTimeout(() => this.over.remove(tenantId, id), this.keepMs).unref();
    for (const { timer } of this.over.add(tenantId, id, entry)) clearTimeout(timer);
  }
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
