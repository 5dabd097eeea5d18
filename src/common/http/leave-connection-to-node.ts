import type { ServerResponse } from 'node:http';

/**
 * Lets Node say whether a connection stays open. `@Sse` says `Connection: keep-alive` to everybody, and Node believes it: the
 * connection of a client that asked for `close` would stay open behind its answer (RFC 9112, 9.6). Without a word of ours Node
 * answers what the request asked for.
 */
export function leaveConnectionToNode(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
  response.writeHead = (...args: unknown[]) => writeHead(...args.map(withoutConnection));
}

function withoutConnection(argument: unknown): unknown {
  if (typeof argument !== 'object' || argument === null || Array.isArray(argument)) return argument;
  return Object.fromEntries(Object.entries(argument).filter(([name]) => name.toLowerCase() !== 'connection'));
}
