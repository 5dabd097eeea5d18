import { Injectable, type INestApplication } from '@nestjs/common';
import { AsyncApiDocument } from './asyncapi-document.js';
import { OpenApiDocument } from './openapi-document.js';

/** The documents as they are served. Each is written once, when it is first asked for. */
@Injectable()
export class ApiDocs {
  private app: INestApplication | undefined;
  private _openApi: Promise<string> | undefined;
  private _asyncApi: string | undefined;

  constructor(
    private readonly openApiDocument: OpenApiDocument,
    private readonly asyncApiDocument: AsyncApiDocument,
  ) {}

  /** @param app whose routes are described; the explorer of @nestjs/swagger takes nothing less */
  describe(app: INestApplication): void {
    this.app = app;
  }

  get openApi(): Promise<string> {
    if (this.app === undefined) throw new Error('No application was given to describe');
    this._openApi ??= this.openApiDocument.create(this.app).then((document) => JSON.stringify(document));
    return this._openApi;
  }

  get asyncApi(): string {
    this._asyncApi ??= JSON.stringify(this.asyncApiDocument.create());
    return this._asyncApi;
  }
}
