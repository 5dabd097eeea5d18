import { helloSchema, parseFrame, type SessionOptions } from '../../whisper-protocol/messages.js';

/** What the first text frame of a connection asks for. */
export interface Opening {
  token: string;
  sessionId: string | undefined;
  epoch: number;
  start: number;
  options: SessionOptions;
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
  const { token, sessionId, epoch, start, options } = hello;
  return { token, sessionId, epoch, start, options, isBare: false };
}
