import type { Request } from 'express';

/** The template that has matched a request (`/chat/runs/:id`); undefined for files, refusals before the routes, and unknown addresses. */
export function routeOf(request: Request): string | undefined {
  const path: unknown = (request.route as { path?: unknown } | undefined)?.path;
  // Nest's own middleware is a route for every address.
  return typeof path === 'string' && !path.includes('*') ? path : undefined;
}
