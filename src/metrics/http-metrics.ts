import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import type { Counter, Histogram } from 'prom-client';
import { routeOf } from '../common/http/route-of.js';
import { whenOver } from '../common/http/when-over.js';
import { MetricsRegistry, WAIT_SECONDS } from './metrics-registry.js';

/** A client may send any word as a method. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Streams of chat and speech live for minutes. */
const DURATION_SECONDS = [...WAIT_SECONDS, 300, 1_800];

/**
 * What is counted of every HTTP request. Labels are bounded: the route is the template that matched (`/chat/runs/:id`), or `none` for
 * files, refusals before the routes, and addresses that do not exist.
 */
@Injectable()
export class HttpMetrics {
  private inFlight = 0;
  private readonly requests: Counter<'route' | 'method' | 'status'>;
  private readonly durations: Histogram<'route' | 'method'>;

  constructor(registry: MetricsRegistry) {
    this.requests = registry.counter(
      'parley_http_requests_total',
      'HTTP requests that are over, by route, method and class of the status; cut: the connection closed before the answer was complete',
      ['route', 'method', 'status'],
    );
    this.durations = registry.histogram(
      'parley_http_request_duration_seconds',
      'From the arrival of a request to the end of its answer, streams included',
      DURATION_SECONDS,
      ['route', 'method'],
    );
    registry.gauge('parley_http_requests_in_flight', 'HTTP requests that are not over', () => this.inFlight);
  }

  /** Middleware: before everything else, so that refused requests count, too. */
  readonly observe = (request: Request, response: Response, next: NextFunction): void => {
    const startedAtMs = performance.now();
    this.inFlight += 1;
    whenOver(response, () => {
      this.inFlight -= 1;
      const labels = {
        route: routeOf(request) ?? 'none',
        method: METHODS.has(request.method) ? request.method : 'other',
      };
      this.durations.observe(labels, (performance.now() - startedAtMs) / 1_000);
      this.requests.inc({ ...labels, status: statusOf(response) });
    });
    next();
  };
}

function statusOf({ statusCode, writableFinished }: Response): string {
  return writableFinished ? `${Math.floor(statusCode / 100)}xx` : 'cut';
}
