import { createParser } from 'eventsource-parser';
import { ProviderFailedError } from '../../../common/errors/provider-errors.js';
import { bodyOf, type ProviderBody } from '../../../openai/provider-fetch.js';

/** A service that goes on after `[DONE]` is left after this long. */
const DRAIN_MS = 1_000;

/** What can be no event stream, whatever is in it. Some services name no type, or a wrong one such as `text/plain`. */
const NO_EVENT_STREAM = /^(?:text\/(?:html|xml)|application\/(?:[\w.-]+\+)?(?:json|xml|x-ndjson))\b/i;

/** One event with data. */
export interface CompletionEvent {
  name: string | undefined;
  data: string;
}

/**
 * The events of a streamed completion before its `[DONE]`, read by read. Only `[DONE]` makes an answer complete: a body that stops
 * before it was cut, however politely. Comments are dropped.
 * @throws ProviderFailedError at once for a response that is no stream, later for one that was cut
 */
export function completionEvents(
  response: Response,
  signal: AbortSignal,
  maxEventChars: number,
): AsyncGenerator<readonly CompletionEvent[]> {
  const type = response.headers.get('content-type') ?? '';
  if (NO_EVENT_STREAM.test(type)) {
    bodyOf(response).destroy();
    throw new ProviderFailedError('The chat service answered with something that is no event stream.');
  }
  return readEvents(bodyOf(response), signal, maxEventChars);
}

async function* readEvents(
  body: ProviderBody,
  signal: AbortSignal,
  maxEventChars: number,
): AsyncGenerator<readonly CompletionEvent[]> {
  const parser = new EventParser(maxEventChars);
  const reads = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await reads.next();
      signal.throwIfAborted();
      if (done) throw new ProviderFailedError('The chat service stopped in the middle of its answer.');
      const events = parser.feed(value);
      if (events.length > 0) yield events;
      if (parser.isDone) return;
      if (parser.hasOverflown)
        throw new ProviderFailedError('The chat service sent an event without an end.');
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProviderFailedError) throw error;
    throw new ProviderFailedError('The connection to the chat service was cut.', { cause: error });
  } finally {
    if (parser.isDone) void drain(body, reads);
    else body.destroy();
  }
}

/** Reads the end of a body behind `[DONE]`: a connection whose body was not read to its end cannot be used again. */
async function drain(body: ProviderBody, reads: AsyncIterator<Uint8Array>): Promise<void> {
  const timer = setTimeout(() => body.destroy(), DRAIN_MS);
  try {
    while (!(await reads.next()).done);
  } catch {
    // Nobody waits for it.
  } finally {
    clearTimeout(timer);
  }
}

/** From bytes to events. */
class EventParser {
  isDone = false;
  hasOverflown = false;
  private ready: CompletionEvent[] = [];
  private readonly decoder = new TextDecoder();
  private readonly parser;

  constructor(maxBufferSize: number) {
    this.parser = createParser({
      onEvent: ({ event, data }) => this.onEvent(event, data),
      onError: ({ type }) => (this.hasOverflown ||= type === 'max-buffer-size-exceeded'),
      maxBufferSize,
    });
  }

  feed(bytes: Uint8Array): readonly CompletionEvent[] {
    this.parser.feed(this.decoder.decode(bytes, { stream: true }));
    const ready = this.ready;
    this.ready = [];
    return ready;
  }

  private onEvent(name: string | undefined, data: string): void {
    if (this.isDone) return;
    // Its first character tells it from JSON; some services leave blanks around it.
    if (data.charCodeAt(0) !== 0x7b && data.trim() === '[DONE]') this.isDone = true;
    else this.ready.push({ name, data });
  }
}
