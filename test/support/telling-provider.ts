import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The ways in which the provider fails. */
export const WAYS_TO_TELL = [
  'refuses: 400',
  'refuses: 401',
  'refuses: 404',
  'refuses: 429',
  'refuses: 500',
  'refuses with a page',
  'fails in its stream',
  'says it in a header',
  'is cut',
] as const;
export type WayToTell = (typeof WAYS_TO_TELL)[number];

/** A provider that repeats in its failures whatever it was sent: the key, the headers, the words. */
export class TellingProvider {
  way: WayToTell = 'refuses: 400';
  /** `Authorization` of every call. */
  readonly keys: (string | undefined)[] = [];
  private readonly server = createServer((request, response) => void this.answer(request, response));

  static async start(): Promise<TellingProvider> {
    const provider = new TellingProvider();
    provider.server.listen(0, '127.0.0.1');
    await once(provider.server, 'listening');
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.keys.push(request.headers.authorization);
    const told = JSON.stringify([request.headers, Buffer.concat(chunks).toString('latin1').slice(0, 5_000)]);
    const error = { message: `Wrong: ${told}`, type: told, code: told, param: request.headers.authorization };
    const [, status] = /^refuses: (\d+)$/.exec(this.way) ?? [];
    if (status !== undefined)
      return void response
        .writeHead(Number(status), { 'Content-Type': 'application/json', 'Retry-After': '600' })
        .end(JSON.stringify({ error }));
    switch (this.way) {
      case 'refuses with a page':
        return void response.writeHead(502, { 'Content-Type': 'text/html' }).end(`<html>${told}`);
      case 'fails in its stream':
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        return void response.end(`data: ${JSON.stringify({ error })}\n\n`);
      case 'says it in a header':
        return void response
          .writeHead(403, {
            'X-Request-Id': request.headers.authorization,
            'WWW-Authenticate': request.headers.authorization,
          })
          .end();
      default:
        response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': 100_000 });
        response.write(told);
        return void setImmediate(() => response.destroy());
    }
  }
}
