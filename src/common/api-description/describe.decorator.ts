import { Reflector } from '@nestjs/core';
import type { z } from 'zod';
import type { ParleyError } from '../errors/parley-error.js';

export type ErrorClass = new (...args: never[]) => ParleyError;

/** A success of a route. */
export interface AnswerDescription {
  description: string;
  /** Schemas by media type. `binary`: bytes. */
  content?: Readonly<Record<string, z.ZodType | 'binary'>>;
  /** Descriptions of headers, by name. */
  headers?: Readonly<Record<string, string>>;
}

/** What the OpenAPI document says of a route beyond the schemas of its handler's parameters. */
export interface RouteDescription {
  summary: string;
  description?: string;
  /** Query parameters that the handler does not take by `@Query({ schema })`. */
  query?: z.ZodObject;
  /** Descriptions of request headers, by name. */
  headers?: Readonly<Record<string, string>>;
  /** The body, where the handler does not take it by `@Body({ schema })`. */
  body?: z.ZodType;
  answers: Readonly<Record<number, AnswerDescription>>;
  /** Failures beside those that every route has. */
  errors?: readonly ErrorClass[];
}

/** Describes a handler of a controller for the OpenAPI document. */
export const Describe = Reflector.createDecorator<RouteDescription>();

/** One event of a socket. */
export interface EventDescription {
  summary: string;
  payload: z.ZodType;
  /** What a success is acknowledged with, for events that clients send. */
  acknowledgement?: z.ZodType;
}

/** What the AsyncAPI document says of the events of a gateway, by the names of the events. */
export interface GatewayDescription {
  fromClient: Readonly<Record<string, EventDescription>>;
  fromServer: Readonly<Record<string, EventDescription>>;
}

/** Describes a gateway for the AsyncAPI document. */
export const DescribeEvents = Reflector.createDecorator<GatewayDescription>();
