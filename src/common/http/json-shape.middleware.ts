import type { RequestHandler } from 'express';
import { refuseShape, type ShapeLimits } from '../limits/json-shape.js';

/** Refuses parsed bodies that are nested too deeply or hold too many values. Registered behind the body parser. */
export function limitShape(limits: ShapeLimits): RequestHandler {
  return (request, _response, next) => {
    refuseShape(request.body, limits);
    next();
  };
}
