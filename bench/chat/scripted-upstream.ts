import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from './plan.js';
import { nowMs } from '../process-figures.js';
import { stamp } from './stamps.js';

/** A provider that streams by plan and remembers when each call was closed: `GET /closed/KEY`. */
export function upstream(): Server {
  const calls = new Calls();
  return createServer((request, response) => {
    if (request.method === 'GET')
      void calls.of(request.url!.split('/').at(-1)!).closedAt.then((time) => response.end(String(time)));
    else void answer(request, response, calls);
  });
}

/** A call may be asked about before it has come. */
class Calls {
  private readonly calls = new Map<string, { closedAt: Promise<number>; close: (time: number) => void }>();

  of(key: string): { closedAt: Promise<number>; close: (time: number) => void } {
    let close: (time: number) => void = () => undefined;
    const call = this.calls.get(key) ?? {
      closedAt: new Promise<number>((resolve) => (close = resolve)),
      close: (time: number) => close(time),
    };
    this.calls.set(key, call);
    return call;
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, calls: Calls): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = JSON.parse(Buffer.concat(parts).toString()) as { messages: { content: string }[] };
  const plan = JSON.parse(body.messages[0]!.content) as Plan;
  response.once('close', () => calls.of(plan.key).close(nowMs()));
  if (plan.ttftMs > 0) await sleep(plan.ttftMs);
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write(event({ role: 'assistant', content: '' }));
  for (let sent = 0; sent < plan.chunks && !response.destroyed; sent += 1) {
    if (!response.write(event({ content: stamp() }))) await drained(response);
    await (plan.gapMs > 0 ? sleep(plan.gapMs) : turn());
  }
  response.end(`${event({}, 'stop')}data: [DONE]\n\n`);
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}

function event(delta: object, reason: string | null = null): string {
  const chunk = {
    id: 'chatcmpl-0123456789',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'gpt-4o-mini',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}
