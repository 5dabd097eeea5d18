import type { IncomingMessage, ServerResponse } from 'node:http';
import { SetMetadata } from '@nestjs/common';
import type { Request, RequestHandler } from 'express';
import { requestIdOf } from '../common/http/request-id.js';
import type { Admission } from './admission.js';
import type { Caller } from './caller.js';

export const TAKES_QUERY_TOKEN = Symbol('TAKES_QUERY_TOKEN');

/** Takes a token as `?token=` as well, for `<audio src>` and EventSource, which can send no headers. Reading only. */
export const TakesQueryToken = (): MethodDecorator => SetMetadata(TAKES_QUERY_TOKEN, true);

/** What came of a token in an address. */
export type QueryToken = { caller: Caller } | { refusal: unknown };

const taken = new WeakMap<object, string>();
const outcomes = new WeakMap<object, QueryToken>();

/** The outcome for a request that had a token in its address. */
export function queryTokenOf(request: object): QueryToken | undefined {
  return outcomes.get(request);
}

/** Whose token was in the address, when it was good. */
export function queryCallerOf(request: object): Caller | undefined {
  const outcome = outcomes.get(request);
  return outcome && 'caller' in outcome ? outcome.caller : undefined;
}

/** Takes `?token=` out of a request's address before anything else sees it: no log, no error and no redirect can repeat it. */
export function takeQueryToken(): RequestHandler {
  return (request, _response, next) => {
    const { rest, tokens } = withoutToken(request.url);
    if (tokens.length > 0) {
      request.url = rest;
      request.originalUrl = rest;
      // Two of them are no token: what one part of us read and another did not would be a hole.
      taken.set(request, tokens.length === 1 ? tokens[0]! : '');
    }
    next();
  };
}

/** Verifies what `takeQueryToken` has taken. Registered before CORS, which asks whose page the token is for. */
export function admitQueryToken(admission: Admission): RequestHandler {
  return async (request, response, next) => {
    const token = taken.get(request);
    if (token !== undefined) {
      outcomes.set(request, await outcomeOf(token, request, admission));
      keepFromCaches(request, response);
    }
    next();
  };
}

async function outcomeOf(token: string, request: Request, admission: Admission): Promise<QueryToken> {
  try {
    return { caller: await admission.verifyToken(token, requestIdOf(request)) };
  } catch (refusal) {
    return { refusal };
  }
}

/**
 * An address that is a credential must not stay in a cache, nor go on in a `Referer`. Whatever a handler says of caching, this is set last.
 * A token that is good opens the answer to pages of other sites, which `Cross-Origin-Resource-Policy` would close again.
 */
function keepFromCaches(request: IncomingMessage, response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
  response.writeHead = (status: number, ...rest: unknown[]) => {
    const headers = rest.at(-1);
    if (typeof headers === 'object' && headers !== null && !Array.isArray(headers)) {
      rest.pop();
      for (const [name, value] of Object.entries(headers as Record<string, string>))
        response.setHeader(name, value);
    }
    response.setHeader('Cache-Control', 'private, no-store');
    response.setHeader('Referrer-Policy', 'no-referrer');
    if (queryCallerOf(request)) response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    return writeHead(status, ...rest);
  };
}

function withoutToken(url: string): { rest: string; tokens: string[] } {
  const start = url.indexOf('?');
  if (start === -1) return { rest: url, tokens: [] };
  const tokens: string[] = [];
  const kept = url
    .slice(start + 1)
    .split('&')
    .filter((part) => {
      const [name, value] = [...new URLSearchParams(part)][0] ?? ['', ''];
      if (name !== 'token') return true;
      tokens.push(value);
      return false;
    });
  const query = kept.join('&');
  return { rest: url.slice(0, start) + (query === '' ? '' : `?${query}`), tokens };
}
