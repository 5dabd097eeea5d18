import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call that has reached the fake upstream, for its script to answer. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** The body as it came. */
  text: string;
  body: Record<string, unknown>;
  /** Resolves when the connection has gone, by whoever's hand. */
  closed: Promise<void>;
}

export type UpstreamScript = (exchange: Exchange) => unknown;

export interface FakeOpenAiChat {
  /** Base URL to configure, ending in `/v1`. */
  url: string;
  /** Every call so far, oldest first. */
  exchanges: readonly Exchange[];
  /** How the following calls are answered. */
  script: UpstreamScript;
  /** Resolves with the call of this number (from 0) once it has come. */
  exchange(index: number): Promise<Exchange>;
  close(): Promise<void>;
}

/** A local server that speaks OpenAI's chat API as nastily as a test asks it to. */
export async function startFakeOpenAiChat(script: UpstreamScript = answer('Hello')): Promise<FakeOpenAiChat> {
  const exchanges: Exchange[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const exchange: Exchange = {
        request,
        response,
        text,
        body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
        closed: once(response, 'close').then(() => undefined),
      };
      exchanges.push(exchange);
      for (const wake of waiting.splice(0)) wake();
      await fake.script(exchange);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const fake: FakeOpenAiChat = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    exchanges,
    script,
    async exchange(index) {
      while (exchanges.length <= index) await new Promise<void>((resolve) => waiting.push(resolve));
      return exchanges[index]!;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return fake;
}

export const STREAM_HEADERS = { 'Content-Type': 'text/event-stream' };

/** One `data:` of a completion. */
export function completionEvent(fields: object): string {
  return `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'fake', ...fields })}\n\n`;
}

export function deltaEvent(text: string): string {
  return completionEvent({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] });
}

export const ROLE_EVENT = completionEvent({
  choices: [{ index: 0, delta: { role: 'assistant', content: null }, finish_reason: null }],
});
export const USAGE = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 };
/** Finish, usage and `[DONE]`, as OpenAI ends a stream. */
export const ENDING_EVENTS =
  completionEvent({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) +
  completionEvent({ choices: [], usage: USAGE }) +
  'data: [DONE]\n\n';

/** A whole, well-behaved stream of these deltas. */
export function completionBody(...deltas: string[]): string {
  return ROLE_EVENT + deltas.map(deltaEvent).join('') + ENDING_EVENTS;
}

export function answer(...deltas: string[]): UpstreamScript {
  return ({ response }) => response.writeHead(200, STREAM_HEADERS).end(completionBody(...deltas));
}

/** Begins an answer and leaves the rest to the test, which has the exchange. */
export function beginAnswer(...deltas: string[]): UpstreamScript {
  return ({ response }) => {
    response.writeHead(200, STREAM_HEADERS);
    response.write(ROLE_EVENT + deltas.map(deltaEvent).join(''));
  };
}

export function refuse(status: number, headers: Record<string, string> = {}): UpstreamScript {
  return ({ response }) =>
    response
      .writeHead(status, { 'Content-Type': 'application/json', ...headers })
      .end(
        JSON.stringify({ error: { message: 'PROVIDER TEXT sk-secret', type: 'x', param: 'temperature' } }),
      );
}

/** Takes the call and never says a word. */
export const stall: UpstreamScript = () => undefined;
