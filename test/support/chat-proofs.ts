import {
  completionEvent,
  deltaEvent,
  ENDING_EVENTS,
  ROLE_EVENT,
  STREAM_HEADERS,
  type FakeOpenAiChat,
} from './fake-openai-chat.js';
import type { Random } from './random.js';
import { openSse, postJson, textOf, type SseEvent } from './sse-client.js';

/** Proofs about chat that take long: a short form runs in `npm test`, the full one in `npm run soak`. */

const ENDINGS = new Set(['done', 'failed', 'cancelled']);
const PIECES = [
  'Hello',
  ' ',
  '안녕하세요',
  '. ',
  '\n',
  '👨‍👩‍👧',
  'e\u0301',
  '日本語。',
  '"quoted"',
  '🇰🇷',
  '\\',
  'x',
  '\u2028',
  ', and so on',
];

export interface ProofResult {
  /** What a reader who was never interrupted would have. */
  expected: string;
  text: string;
  endings: string[];
  upstreamCalls: number;
  /** How often the connection was cut. */
  cuts: number;
}

/** One run, read by a client whose connection is cut at random places, also within deltas and on the last event. */
export async function readWithCuts(
  chat: string,
  upstream: FakeOpenAiChat,
  random: Random,
): Promise<ProofResult> {
  const name = `round ${random.next()}`;
  const deltas = Array.from({ length: random.integer(1, 40) }, () => randomText(random));
  script(upstream, name, deltas, random);
  const pace = random.pick(['', '', '&pace=grapheme:1:20', '&pace=word:1:20']);
  const heartbeat = random.pick(['comment', 'event', 'none']);
  const options = `heartbeat=${heartbeat}${pace}`;
  const events: SseEvent[] = [];
  let url = `${chat}?text=${encodeURIComponent(name)}&${options}`;
  let lastId: string | undefined;
  let cuts = 0;
  for (;;) {
    const stream = await openSse(url, { headers: lastId === undefined ? {} : { 'Last-Event-ID': lastId } });
    if (stream.status === 204) break;
    const patience = random.integer(1, 12);
    for (let read = 0; read < patience; read += 1) {
      const event = await stream.next();
      if (!event) break;
      events.push(event);
      lastId = event.id;
    }
    stream.drop();
    cuts += 1;
    // An EventSource asks the same URL again, a fetch client the address of the run.
    if (random.next() < 0.5) url = `${chat}/runs/${String(events[0]!.data.runId)}/events?${options}`;
  }
  return {
    expected: deltas.join(''),
    text: textOf(events),
    endings: events.filter(({ event }) => ENDINGS.has(event)).map(({ event }) => event),
    upstreamCalls: upstream.exchanges.filter(({ body }) => JSON.stringify(body).includes(name)).length,
    cuts,
  };
}

function randomText(random: Random): string {
  return Array.from({ length: random.integer(1, 6) }, () => random.pick(PIECES)).join('');
}

type Scripts = Map<string, (body: FakeOpenAiChat['exchanges'][number]) => void>;
const scripts = new WeakMap<FakeOpenAiChat, Scripts>();

/** Answers the question `name` with these deltas, in random groups; several questions may be open at once. */
function script(upstream: FakeOpenAiChat, name: string, deltas: readonly string[], random: Random): void {
  const known: Scripts = scripts.get(upstream) ?? new Map();
  scripts.set(upstream, known);
  known.set(name, ({ response }) => {
    response.writeHead(200, STREAM_HEADERS);
    const events = [ROLE_EVENT, ...deltas.map(deltaEvent), ENDING_EVENTS];
    const send = (): void => {
      const group = events.splice(0, random.integer(1, 4));
      if (events.length === 0) response.end(group.join(''));
      else response.write(group.join(''), () => setTimeout(send, random.integer(0, 3)));
    };
    send();
  });
  upstream.script = (exchange) => {
    const messages = exchange.body.messages as { content: string }[];
    known.get(messages[0]!.content)?.(exchange);
  };
}

/** A body as a provider sends it, recorded. */
export const RECORDED_BODY = Buffer.from(
  ROLE_EVENT + ['Hel', 'lo ', '안녕 ', '👨‍👩‍👧', '!'].map(deltaEvent).join('') + ENDING_EVENTS,
);

/** The endings that a client sees when the provider stops after `length` bytes of the recorded body. */
export async function endingsWhenCutAt(
  chat: string,
  upstream: FakeOpenAiChat,
  length: number,
  isPolite: boolean,
): Promise<string[]> {
  upstream.script = ({ response }) => {
    response.writeHead(200, STREAM_HEADERS);
    const cut = (): unknown => (isPolite ? response.end() : response.destroy());
    if (length === 0) cut();
    else response.write(RECORDED_BODY.subarray(0, length), cut);
  };
  const stream = await openSse(chat, postJson({ text: 'Hi' }));
  // Cut before the headers had left, a failure still has a status.
  if (stream.status === 502) return ['failed'];
  return (await stream.rest()).filter(({ event }) => ENDINGS.has(event)).map(({ event }) => event);
}

/** A stream that means `expected`, wrapped in everything that compatible servers, proxies and malice put around it. */
export function fuzzedBody(random: Random): { expected: string; chunks: Buffer[] } {
  const deltas = Array.from({ length: random.integer(0, 20) }, () => randomText(random));
  const events = deltas.flatMap((delta) => [...noise(random), deltaEvent(delta)]);
  const newline = random.pick(['\n', '\r\n', '\r']);
  const text = [...noise(random), ...events, ...noise(random), ENDING_EVENTS]
    .join('')
    .replaceAll('\n', newline);
  return { expected: deltas.join(''), chunks: split(Buffer.from(text), random) };
}

/** The same, damaged: bytes flipped, cut out or doubled. What it means nobody can say. */
export function damagedBody(random: Random): Buffer[] {
  const body = Buffer.concat(fuzzedBody(random).chunks);
  for (let flips = random.integer(1, 10); flips > 0; flips -= 1)
    body[random.integer(0, body.length - 1)] = random.integer(0, 255);
  const from = random.integer(0, body.length);
  const cut = random.pick([0, 0, random.integer(0, 50)]);
  return split(Buffer.concat([body.subarray(0, from), body.subarray(from + cut)]), random);
}

function noise(random: Random): string[] {
  const kinds = [
    ROLE_EVENT,
    ': comment\n\n',
    ':\n',
    'event: ping\n\n',
    'id: 7\n',
    'retry: 10\n\n',
    'unknown: field\n',
    'data: {}\n\n',
    `: ${'x'.repeat(random.integer(1, 100_000))}\n`,
    completionEvent({ choices: [] }),
    completionEvent({ choices: null, usage: null }),
    completionEvent({ choices: [{ index: 0, delta: { content: null } }] }),
    completionEvent({ choices: [{ index: 0, delta: null }] }),
    completionEvent({ choices: [{ index: 1, delta: { content: 'other choice' } }] }),
    completionEvent({ choices: [{ index: 0, delta: { content: 7 } }] }),
    completionEvent({ choices: [{ index: 0, delta: { tool_calls: [{}] } }], service_tier: 'x' }),
  ];
  return Array.from({ length: random.integer(0, 3) }, () => random.pick(kinds));
}

function split(body: Buffer, random: Random): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const size = random.pick([1, 2, 3, 17, 500, 60_000]);
    chunks.push(body.subarray(at, at + size));
    at += size;
    // Single bytes are slow; a few of them per body do.
    if (chunks.length > 200) {
      chunks.push(body.subarray(at));
      break;
    }
  }
  return chunks;
}

/** What a client of `/chat` gets when the provider sends these chunks. */
export async function readChunks(
  chat: string,
  upstream: FakeOpenAiChat,
  chunks: readonly Buffer[],
): Promise<{ text: string; endings: string[] }> {
  upstream.script = async ({ response }) => {
    response.writeHead(200, STREAM_HEADERS);
    for (const chunk of chunks) await new Promise((sent) => response.write(chunk, sent));
    response.end();
  };
  const events = await (await openSse(chat, postJson({ text: 'Hi' }))).rest();
  const endings = events.filter(({ event }) => ENDINGS.has(event)).map(({ event }) => event);
  return { text: textOf(events), endings };
}
