import { Agent, createServer, request as ask, type Server } from 'node:http';

/** The least that a proxy can do: bytes in, bytes out. */
export function pipe(upstreamUrl: string): Server {
  const agent = new Agent({ keepAlive: true });
  return createServer((request, response) => {
    const call = ask(`${upstreamUrl}/v1/chat/completions`, { method: 'POST', agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
    });
    call.on('error', () => response.destroy());
    response.once('close', () => call.destroy());
    request.pipe(call);
  });
}
