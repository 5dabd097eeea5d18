import type { Context } from '@opentelemetry/api';
import { InvalidInputError, UnauthorizedError } from '../../common/errors/caller-errors.js';
import { readTraceparent } from '../../common/tracing/traceparent.js';
import { parseInput } from '../../common/validation/parse-input.js';
import { helloSchema } from '../../whisper-protocol/messages.js';
import type { SessionAdmission } from '../admission/session-admission.js';
import type { SessionRequest } from '../session/session-factory.js';
import type { SharedToken } from './shared-token.js';

/** What the first text frame of a connection asks for. */
export interface SessionHello extends SessionRequest {
  token: string;
  sessionId: string | undefined;
  /** Undefined: the gateway is older, or has none. */
  requestId?: string;
  epoch: number;
  /** The original hub: it sent a bare token and expects the plain text of each final. */
  isBare: boolean;
  /** The span of the session at the gateway. */
  parent?: Context;
}

export interface Door {
  token: SharedToken;
  admission: SessionAdmission;
}

/**
 * Lets a session in, or not. Call `leave` when it has ended.
 * @throws InvalidInputError for a hello that is none, UnauthorizedError for its token, OverloadedError when there is no place
 */
export function admit(frame: string, { token, admission }: Door): { hello: SessionHello; leave: () => void } {
  const hello = readHello(frame);
  if (!token.accepts(hello.token)) throw new UnauthorizedError('the token is not accepted');
  return { hello, leave: admission.acquire(hello.epoch > 0, hello.priority) };
}

/** Reads the first frame: a hello as JSON, or a bare token. @throws InvalidInputError that names the field */
export function readHello(frame: string): SessionHello {
  if (!frame.trimStart().startsWith('{')) {
    const token = frame.trim();
    return { token, sessionId: undefined, epoch: 0, start: 0, options: {}, priority: 'live', isBare: true };
  }
  const hello = parseInput(helloSchema, readJson(frame));
  const { token, sessionId, requestId, epoch, start, options, priority, context, traceparent } = hello;
  const parent = readTraceparent(traceparent);
  return {
    token,
    sessionId,
    ...(requestId !== undefined && { requestId }),
    epoch,
    start,
    options,
    priority,
    isBare: false,
    ...(parent && { parent }),
    ...(context?.language !== undefined && { knownLanguage: context.language }),
  };
}

function readJson(frame: string): unknown {
  try {
    return JSON.parse(frame);
  } catch {
    throw new InvalidInputError(undefined, 'The hello is not JSON.');
  }
}
