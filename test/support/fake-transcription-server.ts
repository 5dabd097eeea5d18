import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeWords, formatCodedWord } from '../../src/whisper-worker/engines/fake/coded-words.js';
import { toFloat } from './wav.js';

/** What one request gets: an answer, or something nasty. */
export type Behaviour =
  'transcribe' | 'stall' | 'cut' | 'garbage' | { says: string } | { status: number; retryAfterMs?: number };

/**
 * A server that speaks `/v1/audio/transcriptions` and reads coded words out of the WAV it is sent. The next requests behave as
 * scripted, those behind them transcribe.
 */
export class FakeTranscriptionServer {
  readonly requests: {
    path: string;
    fields: Record<string, string>;
    authorization: string | undefined;
    traceparent: string | undefined;
  }[] = [];
  readonly script: Behaviour[] = [];
  usual: Behaviour = 'transcribe';
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  static async start(): Promise<FakeTranscriptionServer> {
    const server = new FakeTranscriptionServer();
    await new Promise<void>((resolve) => server.server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = await readForm(request);
    const fields = Object.fromEntries([...form].filter(([, value]) => typeof value === 'string')) as Record<
      string,
      string
    >;
    const { authorization, traceparent } = request.headers;
    this.requests.push({
      path: request.url ?? '',
      fields,
      authorization,
      traceparent: traceparent as string | undefined,
    });
    const behaviour = this.script.shift() ?? this.usual;
    if (behaviour === 'stall') return;
    if (behaviour === 'cut') return void request.socket.destroy();
    if (behaviour === 'garbage') return void response.end('<html>');
    if (typeof behaviour === 'object' && 'says' in behaviour) {
      response.writeHead(200, { 'content-type': 'application/json' });
      return void response.end(JSON.stringify({ text: behaviour.says, language: 'english' }));
    }
    if (typeof behaviour === 'object') {
      const { status, retryAfterMs } = behaviour;
      response.writeHead(status, {
        'content-type': 'application/json',
        ...(retryAfterMs !== undefined && { 'retry-after-ms': String(retryAfterMs) }),
      });
      return void response.end('{"error":{"message":"secret words of the provider"}}');
    }
    const words = await this.transcribe(form.get('file') as File);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(words));
  }

  private async transcribe(file: File): Promise<object> {
    const wav = await file.arrayBuffer();
    const words = decodeWords(toFloat(new Int16Array(wav.slice(44))));
    return {
      text: ` ${words.map(formatCodedWord).join(' ')}`,
      language: 'english',
      words: words.map((word) => ({
        word: formatCodedWord(word),
        start: word.at / 16_000,
        end: (word.at + 3_200) / 16_000,
      })),
      segments: [{ avg_logprob: -0.1, no_speech_prob: 0.01 }],
    };
  }
}

async function readForm(request: IncomingMessage): Promise<FormData> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  return new Response(Buffer.concat(chunks), { headers }).formData();
}
