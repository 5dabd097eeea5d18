import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { Public } from '../auth/public.decorator.js';
import { Describe } from '../common/api-description/describe.decorator.js';
import { NotFoundError } from '../common/errors/caller-errors.js';
import { ApiDocs } from './api-docs.js';
import { DOCS_PAGE, DOCS_POLICY, DOCS_SCRIPT } from './docs-page.js';

const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** The files of the page that swagger-ui-dist brings. */
const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js'];
const ASSET_MAX_AGE_MS = 3_600_000;

const document = z.looseObject({});

/** The contract of this server, for people and programs. */
@Public()
@Controller()
export class ApiDocsController {
  constructor(private readonly docs: ApiDocs) {}

  @Get('openapi.json')
  @Header('Content-Type', 'application/json; charset=utf-8')
  @Describe({
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1.', content: { 'application/json': document } } },
  })
  openApi(): Promise<string> {
    return this.docs.openApi;
  }

  @Get('asyncapi.json')
  @Header('Content-Type', 'application/json; charset=utf-8')
  @Describe({
    summary: 'The events of the sockets',
    answers: { 200: { description: 'AsyncAPI 3.0.', content: { 'application/json': document } } },
  })
  asyncApi(): string {
    return this.docs.asyncApi;
  }

  @Get('docs')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', DOCS_POLICY)
  @Describe({
    summary: 'This document as a page',
    answers: { 200: { description: 'A page of Swagger UI.', content: { 'text/html': z.string() } } },
  })
  page(): string {
    return DOCS_PAGE;
  }

  @Get('docs/:file')
  @Describe({
    summary: 'A script or style sheet of the page',
    answers: {
      200: { description: 'The file.', content: { 'text/javascript': z.string(), 'text/css': z.string() } },
    },
    errors: [NotFoundError],
  })
  asset(@Param('file') file: string, @Res() response: Response): void {
    if (file === 'docs.js') {
      response.type('text/javascript').send(DOCS_SCRIPT);
      return;
    }
    if (!ASSETS.includes(file)) throw new NotFoundError('There is nothing at this address.');
    response.sendFile(file, { root: SWAGGER_UI, maxAge: ASSET_MAX_AGE_MS });
  }
}
