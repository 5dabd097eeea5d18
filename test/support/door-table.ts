import type { NestExpressApplication } from '@nestjs/platform-express';
import { ModulesContainer } from '@nestjs/core';
import { NEEDED_SCOPE } from '../../src/auth/needs.decorator.js';
import { IS_FOR_ANY_PAGE, IS_PUBLIC } from '../../src/auth/public.decorator.js';
import type { Scope } from '../../src/auth/scope.js';

/** Names of Nest's metadata (`@nestjs/common/constants`, `@nestjs/websockets/constants`). */
const PATH = 'path';
const METHOD = 'method';
const MESSAGE = 'message';
const IS_GATEWAY = 'websockets:is_gateway';
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'ALL', 'OPTIONS', 'HEAD', 'SEARCH'];

/** Who may come in by a route or an event: `undefined` where nothing says so. */
export type Door = Scope | 'key' | 'public' | 'any page' | undefined;

export interface RouteDoor {
  /** `GET /chat/runs/:runId`, as the router has it. */
  name: string;
  door: Door;
}

type Class = abstract new (...args: never[]) => object;

/** Every handler of every controller, with what guards it. */
export function routeDoors(app: NestExpressApplication): RouteDoor[] {
  return classesOf(app, 'controllers').flatMap((each) =>
    handlersOf(each, METHOD).flatMap((handler) => {
      const prefixes = [Reflect.getMetadata(PATH, each) as string | string[]].flat();
      const paths = [Reflect.getMetadata(PATH, handler) as string | string[]].flat();
      const method = METHODS[Reflect.getMetadata(METHOD, handler) as number]!;
      return prefixes.flatMap((prefix) =>
        paths.map((path) => ({ name: `${method} ${join(prefix, path)}`, door: doorOf(each, handler) })),
      );
    }),
  );
}

/** Every event of every gateway. */
export function eventDoors(app: NestExpressApplication): RouteDoor[] {
  return classesOf(app, 'providers')
    .filter((each) => Reflect.hasMetadata(IS_GATEWAY, each))
    .flatMap((each) =>
      handlersOf(each, MESSAGE).map((handler) => ({
        name: Reflect.getMetadata(MESSAGE, handler) as string,
        door: doorOf(each, handler),
      })),
    );
}

/** Every route of the router of Express, whoever registered it. Middlewares of Nest's modules are routes for every address. */
export function routerRoutes(app: NestExpressApplication): string[] {
  const { stack } = (app.getHttpAdapter().getInstance() as { router: { stack: Layer[] } }).router;
  return stack.flatMap(({ route }) =>
    route === undefined || route.path.includes('*')
      ? []
      : Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`),
  );
}

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

function classesOf(app: NestExpressApplication, kind: 'controllers' | 'providers'): Class[] {
  const wrappers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module[kind].values()]);
  const classes = wrappers.map(({ metatype }) => metatype as Class | null).filter((each) => each !== null);
  return [...new Set(classes)].filter((each) => typeof each === 'function' && each.prototype !== undefined);
}

function handlersOf({ prototype }: Class, metadata: string): object[] {
  return Object.values(Object.getOwnPropertyDescriptors(prototype as object))
    .map(({ value }) => value as unknown)
    .filter((value) => typeof value === 'function' && Reflect.hasMetadata(metadata, value)) as object[];
}

function doorOf(ofClass: Class, handler: object): Door {
  if (Reflect.getMetadata(IS_FOR_ANY_PAGE, handler)) return 'any page';
  const places = [handler, ofClass];
  if (places.some((each) => Reflect.getMetadata(IS_PUBLIC, each) as boolean)) return 'public';
  return places
    .map((each) => Reflect.getMetadata(NEEDED_SCOPE, each) as Door)
    .find((door) => door !== undefined);
}

function join(...parts: string[]): string {
  return `/${parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/')}`;
}
