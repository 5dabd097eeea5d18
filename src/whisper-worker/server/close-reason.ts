import { OverloadedError, UnauthorizedError } from '../../common/errors/caller-errors.js';
import { ParleyError } from '../../common/errors/parley-error.js';
import { CloseCode } from '../../whisper-protocol/messages.js';

/** A close frame has room for 123 bytes; a character that is cut takes up to three. */
const MAX_REASON_BYTES = 120;

/** How a connection is closed whose session cannot begin. */
export function closeReason(error: unknown): { code: number; reason: string } {
  if (!(error instanceof ParleyError)) return { code: CloseCode.failed, reason: 'the engine is not ready' };
  const { message, param, retryAfterMs } = error;
  if (error instanceof UnauthorizedError) return { code: CloseCode.badToken, reason: message };
  if (error instanceof OverloadedError)
    return { code: CloseCode.full, reason: `retryAfterMs=${retryAfterMs}` };
  // `FIELD: what is wrong with it`.
  const reason = param === undefined ? message : `${param}: ${message}`;
  return { code: CloseCode.badOptions, reason: Buffer.from(reason).subarray(0, MAX_REASON_BYTES).toString() };
}
