import { setTimeout as wait } from 'node:timers/promises';
import type { ChatChunk, ChatMessage, ChatModel, ChatRequest } from '../../chat-model.js';
import { CallMeter } from '../../runs/usage/usage-meter.js';
import { chooseAnswer } from './scripted-answers.js';

/** A pace that looks like a model's. */
const WORD_INTERVAL_MS = 25;

/** The demo: friendly prepared answers, word by word, with no model behind them. They say so. */
export class ScriptedChatModel implements ChatModel {
  readonly name = 'scripted';

  constructor(private readonly wordIntervalMs = WORD_INTERVAL_MS) {}

  async stream(request: ChatRequest, signal: AbortSignal): Promise<AsyncIterable<ChatChunk>> {
    signal.throwIfAborted();
    return this.speak(request, signal);
  }

  private async *speak(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatChunk> {
    const answer = chooseAnswer(lastUserText(request.messages));
    const words = answer.match(/\s*\S+/gu) ?? [];
    const spoken = words.slice(0, request.maxTokens ?? words.length);
    const meter = new CallMeter(request.messages.map(({ content }) => content).join('\n'));
    for (const word of spoken) {
      await wait(this.wordIntervalMs, undefined, { signal });
      meter.wrote(word);
      yield { type: 'delta', text: word };
    }
    yield { type: 'usage', usage: meter.usage };
    yield { type: 'finish', reason: spoken.length < words.length ? 'length' : 'stop' };
  }
}

function lastUserText(messages: readonly ChatMessage[]): string {
  return messages.findLast(({ role }) => role === 'user')?.content ?? '';
}
