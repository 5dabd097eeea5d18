import { once } from 'node:events';
import { Agent, request as ask, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Plan } from './plan.js';
import { nowMs } from '../process-figures.js';
import { StampReader } from './stamps.js';
import type { Target } from './targets.js';

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

export interface Reading {
  /** From the request to the first chunk. */
  ttftMs: number;
  chunks: number;
  /** From the provider's hand to ours, chunk by chunk. */
  latenciesMs: number[];
}

export async function open(
  target: Target,
  plan: Plan,
): Promise<{ call: ClientRequest; response: IncomingMessage }> {
  const call = send(target, plan);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`${target.name} answered ${response.statusCode}`);
  return { call, response };
}

export function send(target: Target, plan: Plan): ClientRequest {
  const body = JSON.stringify(target.body(plan));
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    Accept: 'text/event-stream',
    ...target.headers,
  };
  return ask(target.url, { method: 'POST', agent, headers }).end(body);
}

/** Reads one stream to its end. */
export async function readAll(target: Target, plan: Plan): Promise<Reading> {
  const startedAt = nowMs();
  const { response } = await open(target, plan);
  const stamps = new StampReader();
  const reading: Reading = { ttftMs: Number.NaN, chunks: 0, latenciesMs: [] };
  for await (const piece of response) {
    const time = nowMs();
    for (const sentAt of stamps.read(piece as Buffer)) {
      if (reading.chunks === 0) reading.ttftMs = time - startedAt;
      reading.chunks += 1;
      reading.latenciesMs.push(time - sentAt);
    }
  }
  if (reading.chunks !== plan.chunks)
    throw new Error(`${target.name} delivered ${reading.chunks} of ${plan.chunks} chunks`);
  return reading;
}
