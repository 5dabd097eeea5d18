import { helloSchema, parseFrame } from '../../whisper-protocol/messages.js';
import type { SessionRequest } from '../session/session-factory.js';

/** What the first text frame of a connection asks for. */
export interface Opening extends SessionRequest {
  token: string;
  sessionId: string | undefined;
  epoch: number;
  /** The original hub: it sent a bare token and expects the plain text of each final. */
  isBare: boolean;
}

/** Reads the first frame: a hello as JSON, or a bare token. Undefined when it is neither. */
export function readOpening(frame: string): Opening | undefined {
  if (!frame.trimStart().startsWith('{')) {
    const token = frame.trim();
    return { token, sessionId: undefined, epoch: 0, start: 0, options: {}, isBare: true };
  }
  const hello = parseFrame(helloSchema, frame);
  if (!hello) return undefined;
  const { token, sessionId, epoch, start, options, context } = hello;
  return {
    token,
    sessionId,
    epoch,
    start,
    options,
    isBare: false,
    ...(context?.language !== undefined && { knownLanguage: context.language }),
  };
}
