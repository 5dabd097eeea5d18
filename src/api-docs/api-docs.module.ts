import { Module } from '@nestjs/common';
import { DiscoveryModule, MetadataScanner } from '@nestjs/core';
import { ApiDocsController } from './api-docs.controller.js';
import { ApiDocs } from './api-docs.js';
import { AsyncApiDocument } from './asyncapi-document.js';
import { OpenApiDocument } from './openapi-document.js';

/** Serves the OpenAPI and the AsyncAPI document of whatever modules are loaded beside it. */
@Module({
  imports: [DiscoveryModule],
  controllers: [ApiDocsController],
  providers: [ApiDocs, AsyncApiDocument, OpenApiDocument, MetadataScanner],
})
export class ApiDocsModule {}
