import { ProviderFailedError } from '../../../common/errors/provider-errors.js';
import { numberOf } from '../../../common/text/number-of.js';
import type { ChatChunk } from '../../chat-model.js';
import {
  failedInMidStream,
  parseCompletionChunk,
  type CompletionChoice,
  type CompletionChunk,
  type Content,
} from './completion-chunk.js';
import type { CompletionEvent } from './completion-events.js';
import { finishReasonOf } from './finish-reason.js';

/**
 * The answer in a streamed completion. What arrives in one read is yielded joined, also what came before a failure in the same
 * read. A service that says `[DONE]` but no reason to finish has stopped.
 * @param onModel told once of the model that answers, as the service names it
 */
export async function* readCompletion(
  reads: AsyncIterable<readonly CompletionEvent[]>,
  onModel: (model: unknown) => void = () => undefined,
): AsyncGenerator<ChatChunk> {
  const reader = new CompletionReader(onModel);
  for await (const events of reads) {
    const failure = reader.read(events);
    yield* reader.ready();
    if (failure !== undefined) throw failure;
  }
  if (!reader.hasAnswered) throw new ProviderFailedError('The chat service ended without an answer.');
  if (!reader.hasFinished) yield { type: 'finish', reason: 'stop' };
}

/** From events to chunks, joining neighbours of the same kind. */
class CompletionReader {
  hasAnswered = false;
  hasFinished = false;
  private hasText = false;
  private _ready: ChatChunk[] = [];
  private hasModel = false;

  constructor(private readonly onModel: (model: unknown) => void) {}

  ready(): ChatChunk[] {
    const ready = this._ready;
    this._ready = [];
    return ready;
  }

  /** @returns why the rest of the answer will not come */
  read(events: readonly CompletionEvent[]): unknown {
    try {
      for (const event of events) {
        const chunk = parseCompletionChunk(event);
        if (chunk) this.readChunk(chunk);
      }
    } catch (error) {
      return error;
    }
    return undefined;
  }

  private readChunk(chunk: CompletionChunk): void {
    if (!this.hasModel && chunk.model !== undefined) {
      this.hasModel = true;
      this.onModel(chunk.model);
    }
    // We ask for one choice; a service that sends more must not have them mixed.
    const choice = Array.isArray(chunk.choices)
      ? (chunk.choices as NonNullable<CompletionChunk['choices']>).find(
          (each) => Number(each?.index ?? 0) === 0,
        )
      : undefined;
    if (choice) this.readChoice(choice);
    const usage = chunk.usage ?? chunk.x_groq?.usage;
    if (typeof usage === 'object' && usage !== null) this.add(usageOf(usage));
  }

  private readChoice(choice: CompletionChoice): void {
    this.hasAnswered = true;
    // A message that follows deltas repeats them.
    const delta = choice.delta ?? (this.hasText ? undefined : choice.message);
    const { text, thinking } = partsOf(delta?.content);
    this.addText('reasoning', firstText(delta?.reasoning_content, delta?.reasoning) || thinking);
    this.addText('delta', text || firstText(delta?.refusal));
    if (typeof choice.finish_reason !== 'string' || choice.finish_reason === '') return;
    const reason = finishReasonOf(choice.finish_reason);
    if (reason === 'failure') throw failedInMidStream();
    // Some services repeat it in their last chunks.
    if (!this.hasFinished) this.add({ type: 'finish', reason });
    this.hasFinished = true;
  }

  private addText(type: 'delta' | 'reasoning', text: string): void {
    if (text === '') return;
    if (type === 'delta') this.hasText = true;
    const last = this._ready.at(-1);
    if (last?.type === type) last.text += text;
    else this.add({ type, text });
  }

  private add(chunk: ChatChunk): void {
    this._ready.push(chunk);
  }
}

function firstText(...candidates: readonly (Content | undefined)[]): string {
  for (const candidate of candidates) {
    const { text } = partsOf(candidate);
    if (text !== '') return text;
  }
  return '';
}

function partsOf(content: unknown): { text: string; thinking: string } {
  if (typeof content === 'string') return { text: content, thinking: '' };
  const found = { text: '', thinking: '' };
  if (!Array.isArray(content)) return found;
  for (const part of content as unknown[]) {
    if (typeof part === 'string') found.text += part;
    if (typeof part !== 'object' || part === null) continue;
    const { text, thinking } = part as { text?: unknown; thinking?: unknown };
    if (typeof text === 'string') found.text += text;
    if (typeof thinking === 'string') found.thinking += thinking;
    else if (Array.isArray(thinking)) found.thinking += textsOf(thinking);
  }
  return found;
}

/** One level only: nothing nests deeper, but what means harm. */
function textsOf(parts: readonly unknown[]): string {
  return parts
    .map((part) => (typeof part === 'string' ? part : (part as { text?: unknown } | null)?.text))
    .filter((text) => typeof text === 'string')
    .join('');
}

function usageOf(usage: Record<string, unknown>): ChatChunk {
  const inputTokens = count(usage['prompt_tokens']) ?? 0;
  const outputTokens = count(usage['completion_tokens']) ?? 0;
  const totalTokens = count(usage['total_tokens']) ?? inputTokens + outputTokens;
  return { type: 'usage', usage: { inputTokens, outputTokens, totalTokens } };
}

/** Some services write their numbers as text. */
function count(value: unknown): number | undefined {
  const number = numberOf(value);
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
