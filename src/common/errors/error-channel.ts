import { channel } from 'node:diagnostics_channel';
import type { ErrorCode } from './parley-error.js';

/** How a caller was told of a failure. `run`: by the last event of a chat run. */
export type ErrorTransport = 'http' | 'socket' | 'run';

export interface ToldError {
  transport: ErrorTransport;
  code: ErrorCode;
}

/** Every failure that a caller was told of, for whoever counts them. Without a subscriber it costs a comparison. */
export const errorChannel = channel('parley:error');

export function tellError(transport: ErrorTransport, code: ErrorCode): void {
  if (errorChannel.hasSubscribers) errorChannel.publish({ transport, code } satisfies ToldError);
}
