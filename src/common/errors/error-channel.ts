import { channel } from 'node:diagnostics_channel';
import { currentRequest } from '../request/request-scope.js';
import type { ErrorCode } from './parley-error.js';

/** How a caller was told of a failure. `run`: by the last event of a chat run. */
export type ErrorTransport = 'http' | 'socket' | 'run';

export interface ToldError {
  /** What the request was for; `none` when it was refused before that was known. */
  feature: string;
  transport: ErrorTransport;
  code: ErrorCode;
}

/** Every failure that a caller was told of, for whoever counts them. Without a subscriber it costs a comparison. */
export const errorChannel = channel('parley:error');

export function tellError(transport: ErrorTransport, code: ErrorCode): void {
  if (!errorChannel.hasSubscribers) return;
  const feature = currentRequest()?.feature ?? 'none';
  errorChannel.publish({ feature, transport, code } satisfies ToldError);
}
