import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { UnauthorizedError, ResumeExpiredError } from '../common/errors/caller-errors.js';
import type { TranscriptionSession } from './transcription-session.js';

interface Entry {
  session: TranscriptionSession;
  tokenHash: Buffer;
}

/** The sessions that a client may come back to: those that run, and those that ended a moment ago. */
export class ResumableSessions {
  readonly #entries = new Map<string, Entry>();
  /** Ended sessions in the order of their ending, with the timer that forgets them. */
  readonly #ended = new Map<string, NodeJS.Timeout>();

  /**
   * @param keepMs how long an ended session can be asked for its end
   * @param maxEnded how many of them are kept; the oldest go first
   */
  constructor(
    private readonly keepMs: number,
    private readonly maxEnded: number,
  ) {}

  get size(): number {
    return this.#entries.size;
  }

  /** @returns the token that resumes the session. It is not kept, only its hash. */
  add(session: TranscriptionSession): string {
    const token = randomBytes(24).toString('base64url');
    this.#entries.set(session.id, { session, tokenHash: hash(token) });
    return token;
  }

  /**
   * @throws ResumeExpiredError for a session that is unknown, no longer kept, or another tenant's
   * @throws UnauthorizedError for a wrong token
   */
  find(tenantId: string, sessionId: string, token: string): TranscriptionSession {
    const entry = this.#entries.get(sessionId);
    if (!entry || entry.session.owner.tenantId !== tenantId)
      throw new ResumeExpiredError('There is no such session any more.', { param: 'resume.sessionId' });
    if (!timingSafeEqual(entry.tokenHash, hash(token)))
      throw new UnauthorizedError('The token does not resume this session.', { param: 'resume.token' });
    return entry.session;
  }

  /** The session is over. */
  ended(sessionId: string): void {
    if (!this.#entries.has(sessionId)) return;
    this.#ended.set(sessionId, setTimeout(() => this.remove(sessionId), this.keepMs).unref());
    for (const oldest of this.#ended.keys()) {
      if (this.#ended.size <= this.maxEnded) return;
      this.remove(oldest);
    }
  }

  remove(sessionId: string): void {
    clearTimeout(this.#ended.get(sessionId));
    this.#ended.delete(sessionId);
    this.#entries.delete(sessionId);
  }
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
