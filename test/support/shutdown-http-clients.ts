import { setTimeout as sleep } from 'node:timers/promises';
import { openSse, postJson, textOf, type SseEvent, type SseStream } from './sse-client.js';
import type { Round } from './shutdown-round.js';

/** What the providers of a round say. */
export const WORDS = Array.from({ length: 40 }, (_, index) => ` word${index}`);
export const SPEECH_CHUNK = Buffer.alloc(4_800, 1);

const ANSWER = WORDS.join('');
const MESSAGES = [{ role: 'user', content: 'Tell me a story.' }];

export type ShutdownClient = (name: string) => Promise<string>;

/** Clients of the routes. Each gives the end that it came to, and tells of a promise that was not kept. */
export class HttpClients {
  readonly kinds: Record<string, ShutdownClient> = {
    speech: (name) => this.listen(name, `/tts?input=${encodeURIComponent(name)}&format=pcm&store=false`),
    'speech of /v1': (name) =>
      this.listen(
        name,
        '/v1/audio/speech',
        postJson({ model: 'm', voice: 'alloy', input: name, response_format: 'pcm' }),
      ),
    chat: (name) => this.read(name),
    'chat as JSON': (name) => this.readWhole(name),
    'completion of /v1': (name) => this.complete(name),
    'whole completion of /v1': (name) => this.completeWhole(name),
    file: (name) => this.load(name),
  };

  constructor(private readonly round: Round) {}

  private tell(name: string, what: string): void {
    this.round.tell(`client ${name}: ${what}`);
  }

  /** The answer, or why there is none: nobody was there any more, or the request was refused in the right words. */
  private async ask(name: string, path: string, init?: RequestInit): Promise<Response | string> {
    let response: Response;
    try {
      response = await fetch(`${this.round.url}${path}`, init);
    } catch (error) {
      if (!this.round.isTold()) this.tell(name, `found nobody before the signal: ${String(error)}`);
      return 'nobody there';
    }
    this.round.begun();
    return response.status === 503 ? this.refusal(name, response) : response;
  }

  private async refusal(name: string, response: Response): Promise<string> {
    const body = await response.text();
    if (
      !this.round.isTold() ||
      !/"code":\s*"shutting_down"/.test(body) ||
      response.headers.get('retry-after') === null
    )
      this.tell(name, `was refused with ${response.status} ${body.slice(0, 300)}`);
    return 'refused';
  }

  private async listen(name: string, path: string, init?: RequestInit): Promise<string> {
    const response = await this.ask(name, path, init);
    if (typeof response === 'string') return response;
    try {
      const { byteLength } = await response.arrayBuffer();
      if (response.status !== 200) this.tell(name, `got ${response.status}`);
      else if (this.round.isEndless || byteLength !== WORDS.length * SPEECH_CHUNK.length)
        this.tell(name, `got ${byteLength} bytes as if they were the whole speech`);
      return 'heard';
    } catch (error) {
      if (!this.round.isEndless) this.tell(name, `was cut: ${String(error)}`);
      return 'cut';
    }
  }

  /** Reads events, and may lose its connection half-way. */
  private async read(name: string): Promise<string> {
    const body = { messages: MESSAGES, onDisconnect: 'continue' };
    const stream = await this.open(name, '/chat', postJson(body));
    if (typeof stream === 'string') return stream;
    const events: SseEvent[] = [];
    const mayDrop = this.round.random.next() < 0.5;
    const dropAfter = mayDrop ? this.round.random.integer(1, WORDS.length) : Infinity;
    try {
      for (let event = await stream.next(); event; event = await stream.next()) {
        events.push(event);
        if (events.length >= dropAfter) break;
      }
    } catch (error) {
      this.tell(name, `was cut behind ${events.length} events: ${String(error)}`);
      return 'cut';
    }
    if (events.length < dropAfter) return this.judge(name, events);
    stream.drop();
    return this.resume(name, events);
  }

  private async resume(name: string, events: SseEvent[]): Promise<string> {
    const runId = String(events[0]?.data['runId']);
    await sleep(this.round.random.integer(0, 200));
    const headers = { 'Last-Event-ID': events.at(-1)!.id! };
    const stream = await this.open(name, `/chat/runs/${runId}/events`, { headers });
    // The run goes with its server.
    if (typeof stream === 'string') return `dropped, then ${stream}`;
    if (stream.status === 204) return 'dropped at the end';
    try {
      return `resumed, ${this.judge(name, [...events, ...(await stream.rest())])}`;
    } catch (error) {
      this.tell(name, `was cut after it came back: ${String(error)}`);
      return 'cut';
    }
  }

  private async open(
    name: string,
    path: string,
    init: Parameters<typeof openSse>[1],
  ): Promise<SseStream | string> {
    let stream: SseStream;
    try {
      stream = await openSse(`${this.round.url}${path}`, init);
    } catch (error) {
      if (!this.round.isTold()) this.tell(name, `found nobody before the signal: ${String(error)}`);
      return 'nobody there';
    }
    this.round.begun();
    if (stream.status === 200 || stream.status === 204) return stream;
    stream.drop();
    if (stream.status !== 503 || !this.round.isTold() || stream.headers.get('retry-after') === null)
      this.tell(name, `was refused with ${stream.status}`);
    return 'refused';
  }

  private judge(name: string, events: readonly SseEvent[]): string {
    const ending = events.at(-1);
    const text = textOf(events);
    const isCancelled = ending?.event === 'cancelled' && ending.data['by'] === 'shutdown';
    const wasAway = events.length > 0 && isCancelled && !this.round.isEndless;
    if (ending?.event === 'done' ? text !== ANSWER : !isCancelled)
      this.tell(name, `ended with ${ending?.event} behind ${JSON.stringify(text)}`);
    if (!`${ANSWER}${' on'.repeat(1_000)}`.startsWith(text)) this.tell(name, `read ${JSON.stringify(text)}`);
    return wasAway ? 'cancelled in its absence' : String(ending?.event);
  }

  private async readWhole(name: string): Promise<string> {
    const init = postJson({ messages: MESSAGES }, { Accept: 'application/json' });
    const response = await this.ask(name, '/chat', init);
    if (typeof response === 'string') return response;
    const answer = (await this.json(name, response)) as Record<string, unknown> | undefined;
    const isWhole = answer?.['status'] === 'done' && answer['text'] === ANSWER;
    const isCancelled = this.round.isEndless && answer?.['cancelledBy'] === 'shutdown';
    if (!isWhole && !isCancelled) this.tell(name, `got ${response.status} ${JSON.stringify(answer)}`);
    return String(answer?.['status']);
  }

  private async complete(name: string): Promise<string> {
    const init = postJson({ model: 'm', messages: MESSAGES, stream: true });
    const response = await this.ask(name, '/v1/chat/completions', init);
    if (typeof response === 'string') return response;
    let text: string;
    try {
      text = await response.text();
    } catch (error) {
      this.tell(name, `was cut: ${String(error)}`);
      return 'cut';
    }
    const payloads = [...text.matchAll(/^data: (.*)$/gm)].map(([, payload]) => payload!);
    if (payloads.at(-1) === '[DONE]' && !this.round.isEndless && payloads.length >= WORDS.length)
      return 'done';
    const last = JSON.parse(payloads.at(-1) ?? '{}') as { error?: { code?: string } };
    if (this.round.isEndless && last.error?.code === 'shutting_down') return 'told';
    this.tell(name, `got ${response.status} ${text.slice(-300)}`);
    return 'broken';
  }

  private async completeWhole(name: string): Promise<string> {
    const init = postJson({ model: 'm', messages: MESSAGES });
    const response = await this.ask(name, '/v1/chat/completions', init);
    if (typeof response === 'string') return response;
    const answer = (await this.json(name, response)) as { choices?: { message: { content: string } }[] };
    if (answer.choices?.[0]?.message.content !== ANSWER)
      this.tell(name, `got ${response.status} ${JSON.stringify(answer)}`);
    return 'done';
  }

  /** What no feature serves is answered as well, whole. */
  private async load(name: string): Promise<string> {
    const response = await this.ask(name, '/openapi.json');
    if (typeof response === 'string') return response;
    await this.json(name, response);
    return 'loaded';
  }

  private async json(name: string, response: Response): Promise<unknown> {
    try {
      return await response.json();
    } catch (error) {
      this.tell(name, `got half an answer: ${String(error)}`);
      return {};
    }
  }
}
