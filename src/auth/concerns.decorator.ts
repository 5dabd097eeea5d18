import { SetMetadata } from '@nestjs/common';
import type { BoundKind } from './caller.js';

export const CONCERNS = Symbol('CONCERNS');

/** What a route is about, and which parameter of its path names it. */
export interface Concern {
  kind: BoundKind;
  param: string;
}

/** A route without it is refused to every token that is bound to one run, session or clip. */
export const Concerns = (kind: BoundKind, param: string): MethodDecorator & ClassDecorator =>
  SetMetadata(CONCERNS, { kind, param } satisfies Concern);
