import type { IncomingMessage } from 'node:http';

const PATH = /^\/v1\/chat\/completions\/?(?:\?|$)/i;
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\b/i;

/**
 * Whether the body is to stay a text: of a request that is passed on the provider gets what the caller wrote, to the last digit
 * of a number.
 */
export function keepsText(request: IncomingMessage): boolean {
  return PATH.test(request.url ?? '') && JSON_TYPE.test(request.headers['content-type'] ?? '');
}
