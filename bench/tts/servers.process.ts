/**
 * The other sides of the bench, each in a process of its own: `upstream` (a scripted speech service), `pipe` (the least a proxy
 * can do) and `buffer` (O1's handler: the whole file, then send). Usage: servers.process.ts KIND [UPSTREAM_URL]
 */
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const FIRST_BYTE_MS = 300;
const CHUNKS = 50;
const CHUNK_MS = 20;
/** Ten frames of MPEG 2 layer III, 64 kbit/s, 24 kHz, mono. */
const FRAME = Buffer.concat([Buffer.from('fff384c4', 'hex'), Buffer.alloc(188, 0x55)]);
const CHUNK = Buffer.concat(Array.from({ length: 10 }, () => FRAME));
const ENDLESS = Buffer.concat(Array.from({ length: 35 }, () => CHUNK));

type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

const upstream: Handler = (_request, response, body) => {
  const { input } = JSON.parse(body.toString('utf8')) as { input: string };
  response.setHeader('Content-Type', 'audio/mpeg');
  if (input.startsWith('endless')) return endless(response);
  setTimeout(() => {
    let sent = 0;
    const timer = setInterval(() => {
      response.write(CHUNK);
      sent += 1;
      if (sent < CHUNKS) return;
      clearInterval(timer);
      response.end();
    }, CHUNK_MS);
    response.write(CHUNK);
    sent = 1;
    response.once('close', () => clearInterval(timer));
  }, FIRST_BYTE_MS);
};

function endless(response: ServerResponse): void {
  const more = (): void => {
    while (!response.destroyed && response.write(ENDLESS));
  };
  response.on('drain', more);
  more();
}

const pipe: Handler = (_request, response, body) => {
  const call = ask(
    upstreamUrl,
    { method: 'POST', headers: { 'Content-Type': 'application/json' } },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, { 'Content-Type': 'audio/mpeg' });
      answer.pipe(response);
    },
  );
  response.once('close', () => call.destroy());
  call.on('error', () => response.destroy());
  call.end(body);
};

const buffer: Handler = (_request, response, body) => {
  fetch(upstreamUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: new Uint8Array(body),
  })
    .then(async (answer) => {
      const file = Buffer.from(await answer.arrayBuffer());
      response.writeHead(200, { 'Content-Type': 'audio/mpeg', 'Content-Length': file.length });
      response.end(file);
    })
    .catch(() => response.destroy());
};

const handlers: Record<string, Handler> = { upstream, pipe, buffer };
const [kind = 'upstream', upstreamUrl = ''] = process.argv.slice(2);
const handler = handlers[kind]!;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => handler(request, response, Buffer.concat(chunks)));
});
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/audio/speech`);
});
