import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import SwaggerParser from '@apidevtools/swagger-parser';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Browser } from 'playwright-core';
import { fromProject } from '../../src/config/project-paths.js';
import { launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/programs.js';
import { startApp, type RunningApp } from '../support/start-app.js';

interface AsyncApi {
  components: object;
  channels: { socket: { messages: Record<string, { payload: Schema }> } };
  operations: Record<string, { messages: { $ref: string }[] }>;
}

const KEY = 'a-key-of-the-tests';
const LISTED = 'https://listed.example';
const ROUTES = ['/openapi.json', '/asyncapi.json', '/docs', '/docs/swagger-ui.css', '/docs/docs.js'];

const require = createRequire(import.meta.url);

let sut: RunningApp;
let openApi: OpenAPIObject;
let asyncApi: AsyncApi;

beforeAll(async () => {
  sut = await startApp({
    PROFILE: 'demo',
    API_KEYS: `a:${createHash('sha256').update(KEY).digest('hex')}`,
    CORS_ORIGINS: LISTED,
  });
  openApi = (await (await fetch(`${sut.url}/openapi.json`)).json()) as OpenAPIObject;
  asyncApi = (await (await fetch(`${sut.url}/asyncapi.json`)).json()) as AsyncApi;
});

afterAll(() => sut.close());

/** `GET /chat/runs/{runId}`, as the router of express has it. */
function routesOf({ app }: RunningApp): string[] {
  const { stack } = (app.getHttpAdapter().getInstance() as { router: { stack: Layer[] } }).router;
  return stack.flatMap(({ route }) =>
    // Middlewares of Nest's modules are routes for every address.
    route === undefined || route.path.includes('*')
      ? []
      : Object.keys(route.methods).map((method) => operation(method, route.path.replace(/:(\w+)/g, '{$1}'))),
  );
}

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

function operation(method: string, path: string): string {
  return `${method.toUpperCase()} ${path}`;
}

function operationsOf({ paths }: OpenAPIObject): [name: string, operation: Operation][] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(
      ([method, each]) => [operation(method, path), each] as [string, Operation],
    ),
  );
}

type Content = Record<string, { schema: Schema }>;

interface Operation {
  summary?: string;
  security?: object[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}

interface Schema {
  $ref?: string;
  examples?: unknown[];
  /** As @nestjs/swagger writes the first one of a body. */
  example?: unknown;
}

/** What is wrong with the examples of the schemas: there is none, or one that its schema refuses. */
function faultsOf(schemas: (readonly [name: string, schema: Schema])[], components: object): string[] {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ components }, 'document');
  const absolute = (schema: Schema): Schema =>
    JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')) as Schema;
  return schemas.flatMap(([name, schema]) => {
    const validate = ajv.compile(absolute(schema));
    const path = schema.$ref?.split('/').slice(2) ?? [];
    const target = path.reduce((part: object, key) => part[key as never], components) as Schema;
    const { example, examples = example === undefined ? [] : [example] } =
      schema.$ref === undefined ? schema : target;
    if (examples.length === 0) return [`${name}: no example`];
    return examples.flatMap((each) =>
      validate(each) ? [] : [`${name}: ${JSON.stringify(each)} ${ajv.errorsText(validate.errors)}`],
    );
  });
}

describe('The OpenAPI document', () => {
  it('is one of OpenAPI 3.1', async () => {
    await expect(SwaggerParser.validate(structuredClone(openApi) as never)).resolves.toMatchObject({
      openapi: '3.1.0',
    });
  });

  it('has every route of the router, and no other', () => {
    const described = operationsOf(openApi).map(([name]) => name);

    expect(described.toSorted()).toEqual(routesOf(sut).toSorted());
  });

  it('describes each of them: what it does, what it answers and how it fails', () => {
    const bare = operationsOf(openApi).filter(
      ([, { summary, responses }]) =>
        summary === undefined ||
        !Object.keys(responses).some((status) => Number(status) < 300) ||
        !('500' in responses) ||
        Object.values(responses).some(({ description }) => description === ''),
    );

    expect(bare.map(([name]) => name)).toEqual([]);
  });

  it('asks for a key where the server does', () => {
    const free = operationsOf(openApi).filter(([, { security }]) => security?.length === 0);

    expect(free.map(([name]) => name)).toEqual([
      'GET /health/live',
      'GET /health/ready',
      'GET /openapi.json',
      'GET /asyncapi.json',
      'GET /docs',
      'GET /docs/{file}',
      'GET /tts/clips/{id}',
    ]);
  });

  it('names the audio types of a speech and the events of a chat', () => {
    const operations = new Map(operationsOf(openApi));
    const contentOf = (name: string): string[] =>
      Object.keys(operations.get(name)!.responses['200']!.content!);

    expect(contentOf('POST /tts')).toEqual(expect.arrayContaining(['audio/mpeg', 'audio/ogg', 'audio/wav']));
    expect(contentOf('POST /chat')).toEqual(['text/event-stream', 'application/json']);
  });

  it('has an example of every JSON body and answer, which its schema accepts', () => {
    const schemas = operationsOf(openApi).flatMap(([name, { requestBody, responses }]) =>
      [requestBody, ...Object.values(responses)].flatMap((part) =>
        Object.entries(part?.content ?? {}).flatMap(([type, { schema }]) =>
          type === 'application/json' ? [[name, schema] as const] : [],
        ),
      ),
    );
    // The documents themselves are too long for an example.
    const others = schemas.filter(([name]) => !/(openapi|asyncapi)\.json/.test(name));

    expect(others.length).toBeGreaterThan(50);
    expect(faultsOf(others, openApi.components!)).toEqual([]);
  });

  it('leaves out what is switched off', async () => {
    const speechOnly = await startApp({ PROFILE: 'demo', FEATURES: 'tts' });
    const document = (await (await fetch(`${speechOnly.url}/openapi.json`)).json()) as OpenAPIObject;
    const routes = routesOf(speechOnly);
    await speechOnly.close();

    expect(
      operationsOf(document)
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(routes.toSorted());
    expect(Object.keys(document.paths)).not.toContain('/chat');
  });
});

describe('The AsyncAPI document', () => {
  it('is one of AsyncAPI 3.0', () => {
    // Their schema uses formats and keywords that ajv does not have.
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const validate = ajv.compile(require('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object);
    validate(asyncApi);

    expect(validate.errors).toBeNull();
  });

  it('refers to nothing that is not there', () => {
    const refs = [...JSON.stringify(asyncApi).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
    const missing = refs.filter(
      (path) =>
        path
          .split('/')
          .reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], asyncApi) ===
        undefined,
    );

    expect(refs.length).toBeGreaterThan(0);
    expect(missing).toEqual([]);
  });

  it('has an example of every event, which its schema accepts', () => {
    const messages = Object.entries(asyncApi.channels.socket.messages);
    const schemas = messages.map(([name, { payload }]) => [name, payload] as const);

    expect(faultsOf(schemas, asyncApi.components)).toEqual([]);
  });

  it('has the events of both gateways', () => {
    expect(Object.keys(asyncApi.channels.socket.messages)).toEqual(
      expect.arrayContaining(['session:start', 'audio', 'transcript:final', 'nlProcessing', 'NLPResult']),
    );
  });
});

describe('The routes of the documents', () => {
  it.each(ROUTES)('%s needs no key', async (path) => {
    expect((await fetch(sut.url + path)).status).toBe(200);
  });

  it.each(ROUTES)('%s is refused to the page of a stranger', async (path) => {
    const response = await fetch(sut.url + path, { headers: { Origin: 'https://stranger.example' } });

    expect(response.status).toBe(403);
  });

  it.each(ROUTES)('%s can be read by a listed page', async (path) => {
    const response = await fetch(sut.url + path, { headers: { Origin: LISTED } });

    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, LISTED]);
  });

  it.each(ROUTES)('%s says what it allows', async (path) => {
    const response = await fetch(sut.url + path, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${KEY}` },
    });

    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('serve no other file', async () => {
    expect((await fetch(`${sut.url}/docs/package.json`)).status).toBe(404);
  });
});

describeWith('chromium')('/docs in Chromium', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium(fromProject('samples/silence.wav'));
  });

  afterAll(() => browser.close());

  it('shows every route, without a fault and without a request to another host', async () => {
    const page = await browser.newPage();
    const faults: string[] = [];
    const hosts = new Set<string>();
    page.on('pageerror', ({ message }) => faults.push(message));
    page.on('console', (entry) => {
      if (entry.type() === 'error') faults.push(entry.text());
    });
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol !== 'data:') hosts.add(host);
    });
    await page.goto(`${sut.url}/docs`);
    await page.getByText('Asks a question', { exact: true }).first().waitFor();
    await page.getByText('Speaks a text', { exact: true }).first().click();
    await page.getByText('audio/mpeg').first().waitFor({ state: 'attached' });
    const shown = await page.locator('.opblock').count();

    expect(shown).toBe(operationsOf(openApi).length);
    expect(faults).toEqual([]);
    expect([...hosts]).toEqual([new URL(sut.url).host]);
  });
});
