import { InvalidInputError } from '../../common/errors/caller-errors.js';
import { parseInput } from '../../common/validation/parse-input.js';
import { helloSchema } from '../../whisper-protocol/messages.js';
import type { SessionRequest } from '../session/session-factory.js';

/** What the first text frame of a connection asks for. */
export interface Opening extends SessionRequest {
  token: string;
  sessionId: string | undefined;
  epoch: number;
  /** The original hub: it sent a bare token and expects the plain text of each final. */
  isBare: boolean;
}

/** Reads the first frame: a hello as JSON, or a bare token. @throws InvalidInputError that names the field */
export function readOpening(frame: string): Opening {
  if (!frame.trimStart().startsWith('{')) {
    const token = frame.trim();
    return { token, sessionId: undefined, epoch: 0, start: 0, options: {}, isBare: true };
  }
  const { token, sessionId, epoch, start, options, context } = parseInput(helloSchema, readJson(frame));
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

function readJson(frame: string): unknown {
  try {
    return JSON.parse(frame);
  } catch {
    throw new InvalidInputError(undefined, 'The hello is not JSON.');
  }
}
