import { Injectable, RequestMethod, type INestApplication, type Type } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { z } from 'zod';
import { IS_FOR_ANY_PAGE, IS_PUBLIC } from '../auth/public.decorator.js';
import { TAKES_QUERY_TOKEN } from '../auth/query-token.js';
import { Describe } from '../common/api-description/describe.decorator.js';
import { SchemaWriter } from '../common/api-description/schema-writer.js';
import { describeOperation, type Operation } from './describe-operation.js';

const DESCRIPTION = `Text to speech, streamed chat and live transcription. Live transcription itself is Socket.io: see
[/asyncapi.json](/asyncapi.json). Only the features that are on at this server are listed.`;

type Handler = (...args: never[]) => unknown;

/** The OpenAPI document of the routes that this server has: what their decorators, schemas and descriptions say. */
@Injectable()
export class OpenApiDocument {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  async create(app: INestApplication): Promise<OpenAPIObject> {
    // It takes 0.2 s of CPU and 11 MB to load, which most servers never need.
    const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
    const config = new DocumentBuilder()
      .setOpenAPIVersion('3.1.0')
      .setTitle('Parley')
      .setDescription(DESCRIPTION)
      .setVersion('1.0.0')
      .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
      .addServer('/')
      .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A key of API_KEYS.' }, 'key')
      .build();
    const { write: describe, components } = new SchemaWriter();
    const document = SwaggerModule.createDocument(app, config, {
      standardSchemaConverter: (schema, { schemaType }) => ({
        schema: describe(schema as z.ZodType, schemaType),
      }),
    });
    const operations = operationsOf(document);
    for (const [handler, controller] of this.handlers()) {
      const operation = operations.get(`${controller.name}_${handler.name}`);
      const route = this.reflector.get(Describe, handler);
      if (operation === undefined || route === undefined) continue;
      const isFree = this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, [handler, controller]);
      const isForAnyPage = this.reflector.get<boolean>(IS_FOR_ANY_PAGE, handler);
      describeOperation(operation.operation, route, {
        describe,
        isHead: this.reflector.get<RequestMethod>(METHOD_METADATA, handler) === RequestMethod.HEAD,
        takesToken: this.reflector.get<boolean>(TAKES_QUERY_TOKEN, handler) ?? false,
        isPublic: isFree || isForAnyPage,
        isOpenAi: operation.path.startsWith('/v1/'),
      });
    }
    document.components = {
      ...document.components,
      schemas: { ...document.components?.schemas, ...components },
    };
    return document;
  }

  private *handlers(): Generator<[Handler, Type]> {
    for (const { instance, metatype } of this.discovery.getControllers()) {
      if (typeof instance !== 'object' || instance === null || typeof metatype !== 'function') continue;
      const prototype = Object.getPrototypeOf(instance) as Record<string, Handler>;
      for (const name of this.scanner.getAllMethodNames(prototype))
        yield [prototype[name]!, metatype as Type];
    }
  }
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'] as const;

/** The operations by their id, which is `Controller_handler`. */
function operationsOf({ paths }: OpenAPIObject): Map<string, { path: string; operation: Operation }> {
  return new Map(
    Object.entries(paths).flatMap(([path, item]) =>
      METHODS.flatMap((method) => {
        const operation = item[method];
        if (operation === undefined) return [];
        return [[operation.operationId!, { path, operation: operation as unknown as Operation }] as const];
      }),
    ),
  );
}
