import { InvalidInputError, TooLargeError } from '../errors/caller-errors.js';

export type RefusalReason = 'too large' | 'too deep';

/** Stands in a message for what was not read, so that whoever sent it is answered instead of cut off. */
export class RefusedPayload {
  /** Where attachments are put in, the parser takes an object with this for binary. */
  readonly base64 = true;

  /**
   * @param limit what was allowed: bytes, or levels
   * @param bytes what was sent
   */
  constructor(
    readonly reason: RefusalReason,
    private readonly limit: number,
    readonly bytes: number,
  ) {}

  /** @param param the caller's name for what was refused */
  errorOf(param: string): TooLargeError | InvalidInputError {
    return this.reason === 'too large'
      ? new TooLargeError(`A message may have ${this.limit} bytes.`, { param, limit: this.limit })
      : new InvalidInputError(param, `${param} is nested too deeply: at most ${this.limit} levels.`);
  }
}

/**
 * A message as it came, one argument or several.
 * @throws TooLargeError or InvalidInputError when a part of it was not read
 */
export function readPayload(message: unknown, param = 'body'): unknown {
  const parts: unknown[] = Array.isArray(message) ? message : [message];
  for (const part of parts) if (part instanceof RefusedPayload) throw part.errorOf(param);
  return message;
}
