import { Injectable, Logger } from '@nestjs/common';

export type RevocationListener = (keyId: string) => void;

/**
 * Tells that a key may no longer be used as it was: it was revoked, is gone, or has lost a scope or its tenant, or was given an
 * end that is over. Whoever runs work for a key listens, and ends it. An expiry that comes by itself is not told: what runs then runs to its end.
 */
@Injectable()
export class KeyChanges {
  private readonly logger = new Logger(KeyChanges.name);
  private readonly listeners = new Set<RevocationListener>();

  /** @returns ends the subscription */
  onRevoked(listener: RevocationListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** One listener that fails must not keep the others from ending their work. */
  announceRevoked(keyId: string): void {
    for (const listener of this.listeners) {
      try {
        listener(keyId);
      } catch (error) {
        this.logger.error({ keyId, err: error }, 'Work of a revoked key could not be ended');
      }
    }
  }
}
