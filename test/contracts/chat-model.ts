import { describe, expect, it } from '@jest/globals';
import type { ChatChunk, ChatModel, ChatRequest } from '../../src/chat/chat-model.js';

const REQUEST: ChatRequest = { messages: [{ role: 'user', content: 'Hello!' }], model: 'any' };

/**
 * What every `ChatModel` promises.
 * @param create a model that answers with more than one chunk, with time between them
 */
export function describeChatModel(create: () => Promise<ChatModel>): void {
  describe('as a ChatModel', () => {
    it('yields text, and one finish when the answer is complete', async () => {
      const chunks = await readAll(await create());

      expect(chunks.filter(({ type }) => type === 'delta').length).toBeGreaterThan(0);
      expect(chunks.filter(({ type }) => type === 'finish')).toHaveLength(1);
    });

    it('tells what the answer took', async () => {
      const usage = (await readAll(await create())).find((chunk) => chunk.type === 'usage')?.usage;

      expect(usage?.inputTokens).toBeGreaterThan(0);
      expect(usage?.totalTokens).toBe(usage!.inputTokens + usage!.outputTokens);
    });

    it('never yields an empty text', async () => {
      const texts = (await readAll(await create())).flatMap((chunk) => ('text' in chunk ? [chunk.text] : []));

      expect(texts).not.toContain('');
    });

    it('starts nothing for a caller who has left already', async () => {
      const sut = await create();
      await expect(
        (async () => readChunks(await sut.stream(REQUEST, AbortSignal.abort())))(),
      ).rejects.toMatchObject({ name: 'AbortError' });
    });

    it('ends with the abort when it is stopped in the middle', async () => {
      const sut = await create();
      const stop = new AbortController();
      const chunks = await sut.stream(REQUEST, stop.signal);
      const reading = (async () => {
        for await (const chunk of chunks) if (chunk.type === 'delta') stop.abort();
      })();

      await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    });

    it('ends when its reader leaves the iteration', async () => {
      const chunks = await (await create()).stream(REQUEST, new AbortController().signal);
      for await (const chunk of chunks) if (chunk.type === 'delta') break;

      expect(await chunks[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
    });
  });
}

async function readAll(sut: ChatModel): Promise<ChatChunk[]> {
  return readChunks(await sut.stream(REQUEST, new AbortController().signal));
}

async function readChunks(source: AsyncIterable<ChatChunk>): Promise<ChatChunk[]> {
  const chunks: ChatChunk[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return chunks;
}
