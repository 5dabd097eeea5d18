import { SetMetadata } from '@nestjs/common';
import type { Scope } from './scope.js';

export const NEEDED_SCOPE = Symbol('NEEDED_SCOPE');

/** The scope without which a route or an event is refused. One that is neither public nor names a scope is refused to everybody. */
export const Needs = (scope: Scope): MethodDecorator & ClassDecorator => SetMetadata(NEEDED_SCOPE, scope);

/** Open to every holder of an API key, whatever its scopes, and to no token: what tokens are made with. */
export const NeedsKey = (): MethodDecorator & ClassDecorator => SetMetadata(NEEDED_SCOPE, 'key');
