import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mp3Frames, mp3With } from './audio-bodies.js';

/** One request that reached the upstream. */
export interface UpstreamCall {
  body: Record<string, unknown>;
  authorization: string | undefined;
  traceparent: string | undefined;
  response: ServerResponse;
  /** Whether the whole answer was sent. */
  isComplete(): boolean;
  /** Resolves when the connection of this call has ended, whoever ended it. */
  ended: Promise<void>;
}

/** Answers one call, as nastily as the test wants. */
export type UpstreamScript = (call: UpstreamCall) => void | Promise<void>;

/**
 * A local server that speaks OpenAI's `/v1/audio/speech`. `script` decides about every call; the helpers below are common
 * scripts. `nextCall` waits for a call that was not waited for yet.
 */
export class FakeOpenAiSpeech {
  readonly calls: UpstreamCall[] = [];
  script: UpstreamScript = answersWith([mp3With('audio')]);
  private readonly waiting: ((call: UpstreamCall) => void)[] = [];
  private taken = 0;

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => void this.receive(request, response));
  }

  static async start(): Promise<FakeOpenAiSpeech> {
    const upstream = new FakeOpenAiSpeech(createServer({ keepAlive: true }));
    upstream.server.listen(0, '127.0.0.1');
    await once(upstream.server, 'listening');
    return upstream;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  /** Calls whose connection is still open and not answered in full. */
  get openCalls(): number {
    return this.calls.filter((call) => !call.isComplete() && !call.response.destroyed).length;
  }

  nextCall(): Promise<UpstreamCall> {
    const arrived = this.calls[this.taken];
    this.taken += 1;
    if (arrived) return Promise.resolve(arrived);
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  reset(): void {
    this.calls.length = 0;
    this.taken = 0;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    const ended = new Promise<void>((resolve) => {
      response.once('close', () => resolve());
    });
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // The caller left while it was still asking.
    }
    const call: UpstreamCall = {
      body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>,
      authorization: request.headers.authorization,
      traceparent: request.headers.traceparent as string | undefined,
      response,
      isComplete: () => response.writableFinished,
      ended,
    };
    this.calls.push(call);
    this.waiting.shift()?.(call);
    await this.script(call);
  }
}

/** Sends all chunks, each as a write of its own, and ends properly. */
export function answersWith(chunks: readonly Uint8Array[], contentType = 'audio/mpeg'): UpstreamScript {
  return async ({ response }) => {
    response.writeHead(200, { 'Content-Type': contentType });
    for (const chunk of chunks) await send(response, chunk);
    response.end();
  };
}

/** Sends the chunks and then cuts the connection without an end. */
export function cutsAfter(chunks: readonly Uint8Array[]): UpstreamScript {
  return async ({ response }) => {
    response.writeHead(200, { 'Content-Type': 'audio/mpeg' });
    response.flushHeaders();
    for (const chunk of chunks) await send(response, chunk);
    response.destroy();
  };
}

/** Sends the chunks and then neither more nor an end. */
export function stallsAfter(chunks: readonly Uint8Array[]): UpstreamScript {
  return async ({ response }) => {
    response.writeHead(200, { 'Content-Type': 'audio/mpeg' });
    response.flushHeaders();
    for (const chunk of chunks) await send(response, chunk);
  };
}

/** Accepts the request and says nothing at all. */
export const neverAnswers: UpstreamScript = () => undefined;

const ENDLESS = mp3Frames(85);

/** Sends until the connection ends. */
export const neverEnds: UpstreamScript = async ({ response }) => {
  response.writeHead(200, { 'Content-Type': 'audio/mpeg' });
  while (!response.destroyed) await send(response, ENDLESS);
};

/** Refuses as OpenAI does, with a text that no caller may see. */
export function refusesWith(status: number, headers: Record<string, string> = {}): UpstreamScript {
  return ({ response }) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(
      JSON.stringify({ error: { message: UPSTREAM_SECRET, type: 'x', code: 'x', param: 'voice' } }),
    );
  };
}

/** Part of every refusal of the fake; must never reach a caller. */
export const UPSTREAM_SECRET = 'upstream-internal-text';

/** Each chunk leaves in a packet of its own, as far as the system allows. A write is called back on a cut as well. */
async function send(response: ServerResponse, chunk: Uint8Array): Promise<void> {
  if (response.destroyed) return;
  await new Promise<void>((resolve) => {
    response.write(chunk, () => resolve());
  });
}
