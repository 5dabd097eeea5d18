import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../config/secret.js';

/** The token that gateways must present. Hashes are compared, so the time depends neither on content nor on length. */
export class SharedToken {
  private readonly expected: Buffer | undefined;

  /** @param token undefined: every token will do; the worker then listens on loopback only */
  constructor(token: Secret | undefined) {
    this.expected = token && sha256(token.reveal());
  }

  get isRequired(): boolean {
    return this.expected !== undefined;
  }

  accepts(presented: string): boolean {
    return this.expected === undefined || timingSafeEqual(sha256(presented), this.expected);
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
