import { createParser, type EventSourceMessage } from 'eventsource-parser';

export interface SseEvent {
  event: string;
  id: string | undefined;
  data: Record<string, unknown>;
  raw: string;
}

export interface SseStream {
  status: number;
  headers: Headers;
  /** Events one by one, as they come. */
  next(): Promise<SseEvent | undefined>;
  /** Every event up to the end of the stream. */
  rest(): Promise<SseEvent[]>;
  /** Comments so far. */
  comments: readonly string[];
  /** Leaves, as a closed browser tab does. */
  drop(): void;
}

/** Reads an event stream over fetch and never reconnects. Rejects when the connection breaks instead of ending. */
export async function openSse(
  url: string,
  { headers, ...init }: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
): Promise<SseStream> {
  const gone = new AbortController();
  const response = await fetch(url, {
    ...init,
    signal: gone.signal,
    headers: { Accept: 'text/event-stream', ...headers },
  });
  const comments: string[] = [];
  const events = readEvents(response, comments);
  const next = async (): Promise<SseEvent | undefined> => {
    const { done, value } = await events.next();
    return done ? undefined : value;
  };
  return {
    status: response.status,
    headers: response.headers,
    comments,
    next,
    async rest() {
      const rest: SseEvent[] = [];
      for (let event = await next(); event; event = await next()) rest.push(event);
      return rest;
    },
    drop: () => gone.abort(),
  };
}

export function postJson(body: unknown, headers: Record<string, string> = {}) {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

/** The answer that events carry, as docs/api/chat.md tells clients to put it together. */
export function textOf(events: readonly SseEvent[]): string {
  let text = '';
  for (const { event, data } of events) {
    if (event === 'delta') text += String(data.text);
    if (event === 'snapshot') text = String(data.text);
  }
  return text;
}

async function* readEvents(response: Response, comments: string[]): AsyncGenerator<SseEvent, undefined> {
  const ready: EventSourceMessage[] = [];
  const parser = createParser({
    onEvent: (event) => ready.push(event),
    onComment: (comment) => comments.push(comment),
  });
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    parser.feed(decoder.decode(bytes as Uint8Array, { stream: true }));
    for (const message of ready.splice(0)) yield toSseEvent(message);
  }
}

function toSseEvent({ event, id, data }: EventSourceMessage): SseEvent {
  return { event: event ?? 'message', id, raw: data, data: data.startsWith('{') ? JSON.parse(data) : {} };
}
