import { ROOT_CONTEXT, SpanKind, type Span } from '@opentelemetry/api';
import type { NextFunction, Request, Response } from 'express';
import { beginSpan, endSpan, isTracing, within } from '../tracing/spans.js';
import { readTraceparent } from '../tracing/traceparent.js';
import { clientOf } from './client.js';
import { requestIdOf } from './request-id.js';
import { routeOf } from './route-of.js';
import { whenOver } from './when-over.js';

/** A client may send any word as a method. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Asked every few seconds by whoever watches the server: their traces would hide the others. */
const PROBES = /^\/(?:health|metrics)(?:[/?]|$)/;

const spans = new WeakMap<Request, Span>();

/**
 * Middleware: the span of a request, from its arrival to the end of its answer, streams included. A request may wait in the context of
 * another one, so its span is entered behind that (`enterTrace`). Neither its path nor its query is told, only the route: words and keys
 * may be in both.
 */
export function traceRequest(request: Request, response: Response, next: NextFunction): void {
  if (isTracing && !PROBES.test(request.url)) begin(request, response);
  next();
}

/** Everything that follows happens in the span of the request. */
export function enterTrace(request: Request, _response: Response, next: NextFunction): void {
  const span = spans.get(request);
  if (span) within(span, next);
  else next();
}

function begin(request: Request, response: Response): void {
  const method = METHODS.has(request.method) ? request.method : '_OTHER';
  const name = method === '_OTHER' ? 'HTTP' : method;
  const span = beginSpan(name, {
    kind: SpanKind.SERVER,
    parent: readTraceparent(request.headers.traceparent) ?? ROOT_CONTEXT,
    attributes: {
      'http.request.method': method,
      'url.scheme': clientOf(request).protocol,
      'network.protocol.version': request.httpVersion,
      'parley.request.id': requestIdOf(request) ?? undefined,
    },
  });
  spans.set(request, span);
  whenOver(response, () => {
    const route = routeOf(request);
    const { statusCode, headersSent, writableFinished } = response;
    if (route !== undefined) span.updateName(`${name} ${route}`);
    span.setAttributes({
      'http.route': route,
      ...(headersSent && { 'http.response.status_code': statusCode }),
    });
    if (!writableFinished) endSpan(span, 'cut');
    else endSpan(span, statusCode >= 500 ? String(statusCode) : undefined);
  });
}
