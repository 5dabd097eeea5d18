import { Inject, Injectable, Logger } from '@nestjs/common';
import { UnauthorizedError } from '../common/errors/caller-errors.js';
import { assertConcerns, assertNotExpired } from './caller-rights.js';
import type { Caller } from './caller.js';
import { KeyChanges } from './keys/key-changes.js';
import { KeyRing } from './keys/key-ring.js';

/** Ends a piece of work and tells its client why, in the words of its feature. */
export type EndWork = (reason: UnauthorizedError) => void;

/**
 * What runs for whom, so that revoking a token or a key ends it at once. An expiry ends nothing: a lecture that began in time is heard
 * to its end.
 */
@Injectable()
export class CallerWork {
  private readonly logger = new Logger(CallerWork.name);
  private readonly running = new Map<EndWork, Caller>();
  /** Callers who were admitted before the revocation, and whose work may begin after it. */
  private readonly revoked = new WeakMap<Caller, UnauthorizedError>();

  constructor(
    changes: KeyChanges,
    @Inject(KeyRing) private readonly keys: Pick<KeyRing, 'find'>,
  ) {
    changes.onRevoked((keyId) =>
      this.endAll((caller) => caller.keyId === keyId, new UnauthorizedError('This API key was revoked.')),
    );
  }

  get size(): number {
    return this.running.size;
  }

  /**
   * Before something begins for a caller who was admitted a while ago, as those of sockets are.
   * @throws UnauthorizedError when its key or token has ended since
   * @throws ForbiddenError when its token is bound to something that has begun already
   */
  assertMayBegin(caller: Caller): void {
    this.assertNotExpired(caller);
    assertConcerns(caller, undefined);
  }

  /**
   * The file of keys may have given a key another end since its caller was admitted; the earlier one counts.
   * @throws UnauthorizedError when the caller's key or token has ended
   */
  assertNotExpired(caller: Caller): void {
    assertNotExpired(caller);
    assertNotExpired({ ...caller, expiresAtMs: this.keys.find(caller.keyId)?.expiresAtMs });
  }

  /**
   * Registers work. It is ended at once when its caller was revoked since it was admitted.
   * @returns call it when the work is over, however it ended; further calls do nothing
   */
  enter(caller: Caller, end: EndWork): () => void {
    const reason = this.revoked.get(caller);
    if (reason) end(reason);
    const own: EndWork = (why) => end(why);
    if (!reason) this.running.set(own, caller);
    return () => void this.running.delete(own);
  }

  /** @param id the `jti` of a token that was revoked */
  endToken(id: string): void {
    this.endAll(({ token }) => token?.id === id, new UnauthorizedError('This token was revoked.'));
  }

  private endAll(isMeant: (caller: Caller) => boolean, reason: UnauthorizedError): void {
    const meant = [...this.running].filter(([, caller]) => isMeant(caller));
    for (const [, caller] of meant) this.revoked.set(caller, reason);
    for (const [end] of meant) {
      this.running.delete(end);
      try {
        end(reason);
      } catch (error) {
        this.logger.error({ err: error }, 'Work of a revoked caller could not be ended');
      }
    }
    if (meant.length > 0) this.logger.log({ ended: meant.length }, 'Work of a revoked caller was ended');
  }
}
