import { createParser } from 'eventsource-parser';
import { ProviderFailedError } from '../../../common/errors/provider-errors.js';
import { bodyOf, type ProviderBody } from '../../../openai/provider-fetch.js';
import type { ChatChunk } from '../../chat-model.js';
import { readCompletionChunk } from './completion-chunk.js';

/** Longest single event of a provider. */
const MAX_EVENT_CHARS = 4_194_304;
/** A provider that goes on after `[DONE]` is left after this long. */
const DRAIN_MS = 1_000;

/**
 * The body of a streamed completion. What arrives in one read is yielded joined. Only `[DONE]` makes an answer complete: a
 * body that stops before it was cut, however politely.
 */
export async function* readCompletion(response: Response, signal: AbortSignal): AsyncGenerator<ChatChunk> {
  const chunks = new CompletionParser();
  const body = bodyOf(response);
  const reads = body[Symbol.asyncIterator]();
  try {
    while (!chunks.isDone) {
      const { done, value } = await reads.next();
      signal.throwIfAborted();
      if (done) break;
      yield* chunks.feed(value);
    }
    if (!chunks.isDone || !chunks.hasFinished)
      throw new ProviderFailedError('The chat service stopped in the middle of its answer.');
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProviderFailedError) throw error;
    throw new ProviderFailedError('The connection to the chat service was cut.', { cause: error });
  } finally {
    if (chunks.isDone) void drain(body, reads);
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

/** From bytes to chunks, joining neighbours of the same kind. */
class CompletionParser {
  isDone = false;
  hasFinished = false;
  #ready: ChatChunk[] = [];
  readonly #decoder = new TextDecoder();
  readonly #parser = createParser({
    onEvent: ({ data }) => this.#onData(data),
    maxBufferSize: MAX_EVENT_CHARS,
  });

  feed(bytes: Uint8Array): ChatChunk[] {
    this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  #onData(data: string): void {
    if (this.isDone) return;
    if (data === '[DONE]') {
      this.isDone = true;
      return;
    }
    for (const chunk of readCompletionChunk(data)) this.#add(chunk);
  }

  #add(chunk: ChatChunk): void {
    if (chunk.type === 'finish') {
      // Some servers repeat it in their last chunks.
      if (this.hasFinished) return;
      this.hasFinished = true;
    }
    const last = this.#ready.at(-1);
    if (last?.type === chunk.type && 'text' in last && 'text' in chunk) last.text += chunk.text;
    else this.#ready.push(chunk);
  }
}
