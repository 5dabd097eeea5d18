import type { ExecutionContext } from '@nestjs/common';

/** Says whether the caller behind a socket may send an event. It is asked before the payload is looked at. */
export abstract class EventGate {
  /** @throws ForbiddenError when it may not */
  abstract check(context: ExecutionContext): void;
}
