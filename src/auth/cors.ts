import type { IncomingMessage } from 'node:http';
import type {
  CorsOptions,
  CorsOptionsDelegate,
} from '@nestjs/common/interfaces/external/cors-options.interface.js';
import { queryCallerOf } from './query-token.js';
import { isListedOrigin, type SourcePolicy } from './request-source.js';

/** RFC 9110: a field name is a token. */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,64}$/;
const MAX_HEADERS = 64;

const EXPOSED = [
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Server-Timing',
  'X-Budget-Exceeded',
  'X-Request-Id',
  'X-Should-Retry',
  'X-TTS-Cache',
  'X-TTS-Fallback',
  'X-TTS-Provider',
];

/**
 * Listed pages may read our answers and send whatever headers they ask for: SDKs add names of their own to every call, new ones with
 * each version (`x-stainless-*`), and to a page that may spend anyway no header opens more. So may pages of the origin to which the
 * token in the address is bound.
 */
export function corsFor(policy: SourcePolicy): CorsOptionsDelegate<IncomingMessage> {
  return (request, answer) => {
    const { headers } = request;
    const { origin } = headers;
    const bound = queryCallerOf(request)?.token?.bind.origin;
    const options: CorsOptions = {
      origin: origin !== undefined && (origin === bound || isListedOrigin(origin, policy)),
      credentials: true,
      allowedHeaders: namesIn(headers['access-control-request-headers']),
      exposedHeaders: EXPOSED,
      maxAge: 600,
    };
    answer(null, options);
  };
}

function namesIn(requested: string | string[] | undefined): string[] {
  return (requested ?? '')
    .toString()
    .split(',', MAX_HEADERS)
    .map((name) => name.trim())
    .filter((name) => HEADER_NAME.test(name));
}
