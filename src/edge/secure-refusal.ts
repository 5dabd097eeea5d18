import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { secureAnswer } from './security-headers.js';

type Write = (chunk?: unknown, ...rest: unknown[]) => unknown;

/** Of the first line: a switch of protocols (101) is no answer that a browser would show. */
const REFUSAL = /^HTTP\/1\.1 [45]\d\d [^\r\n]*\r\n/;

/**
 * Lets the refusal of an upgrade say to browsers what every other answer does. Our own doors, Engine.IO and ws write a refusal straight to
 * the socket, where no `ServerResponse` has headers for it: it is known by its first line, which is the first that is written.
 */
export function secureRefusal(request: IncomingMessage, socket: Duplex): void {
  const { write, end } = socket as { write: Write; end: Write };
  const first =
    (original: Write): Write =>
    (chunk, ...rest) => {
      Object.assign(socket, { write, end });
      return original.call(socket, secured(chunk, request), ...rest);
    };
  Object.assign(socket, { write: first(write), end: first(end) });
}

function secured(chunk: unknown, request: IncomingMessage): unknown {
  if (typeof chunk !== 'string') return chunk;
  return chunk.replace(REFUSAL, (line) => `${line}${headersFor(request)}`);
}

function headersFor(request: IncomingMessage): string {
  const response = new ServerResponse(request);
  secureAnswer(request, response);
  return Object.entries(response.getHeaders())
    .map(([name, value]) => `${name}: ${String(value)}\r\n`)
    .join('');
}
