import { quantile } from '../figures.js';
import { request as ask } from 'node:http';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';

export interface Listened {
  firstByteMs: number;
  lastByteMs: number;
}

export interface Summary {
  firstByteP50Ms: number;
  firstByteP99Ms: number;
  lastByteP50Ms: number;
}

/** One request, from sending it to its last byte. */
export async function listen(url: string, body: object): Promise<Listened> {
  const startedAt = performance.now();
  const response = await open(url, body);
  let firstByteMs = 0;
  for await (const chunk of response) {
    if (firstByteMs === 0 && (chunk as Buffer).length > 0) firstByteMs = performance.now() - startedAt;
  }
  if (response.statusCode !== 200) throw new Error(`The answer was ${response.statusCode}`);
  return { firstByteMs, lastByteMs: performance.now() - startedAt };
}

/** The answer as soon as its headers have come; nothing of it is read yet. Each on a socket of its own, as listeners are. */
export async function open(url: string, body: object): Promise<IncomingMessage> {
  const call = ask(url, {
    method: 'POST',
    agent: false,
    headers: { 'Content-Type': 'application/json' },
  });
  call.end(JSON.stringify(body));
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return response;
}

export function summarise(results: readonly Listened[]): Summary {
  const first = results.map(({ firstByteMs }) => firstByteMs);
  const last = results.map(({ lastByteMs }) => lastByteMs);
  return {
    firstByteP50Ms: quantile(first, 0.5),
    firstByteP99Ms: quantile(first, 0.99),
    lastByteP50Ms: quantile(last, 0.5),
  };
}
