import { LinkedAbort } from '../../common/streams/linked-abort.js';
import type { ChatRequest, FinishReason } from '../chat-model.js';
import type { ModelCaller } from '../runs/model-caller.js';
import type { RunEventData } from '../runs/run-event.js';
import type { RunContext } from '../runs/run.js';
import { messagesOf, type Prompt, type TemplateRun } from './chat-template.js';
import { GraphemeLimit } from './grapheme-limit.js';

/** Calls of one run at the same time; the others wait for their turn. */
const MAX_PARALLEL_CALLS = 4;

/** One run of a template, upon the run it appears as. */
export class TemplateExecution implements TemplateRun {
  private steps = 0;
  private sources = 0;
  private calling = 0;
  private readonly waiting: (() => void)[] = [];
  /** The first failure ends the calls that go on beside it. */
  private readonly work: LinkedAbort;
  private readonly context: RunContext;

  constructor(
    private readonly models: ModelCaller,
    private readonly model: string,
    context: RunContext,
  ) {
    this.work = new LinkedAbort(context.signal);
    this.context = { ...context, signal: this.work.signal };
  }

  /** Ends what is still going on. */
  stop(): void {
    this.work.abort();
  }

  async answer(prompt: Prompt, { maxChars }: { maxChars?: number } = {}): Promise<FinishReason> {
    const limit = new GraphemeLimit(maxChars ?? Number.POSITIVE_INFINITY);
    let finishReason: FinishReason = 'stop';
    for await (const chunk of this.models.call(this.request(prompt), this.context)) {
      if (chunk.type === 'finish') finishReason = chunk.reason;
      if (chunk.type === 'reasoning') this.context.emit('reasoning', { text: chunk.text });
      if (chunk.type !== 'delta') continue;
      const text = limit.write(chunk.text);
      if (text !== '') this.context.emit('delta', { text });
      if (limit.isExceeded) return 'length';
    }
    const rest = limit.end();
    if (rest !== '') this.context.emit('delta', { text: rest });
    return finishReason;
  }

  async ask(prompt: Prompt): Promise<string> {
    await this.turn();
    try {
      let text = '';
      for await (const chunk of this.models.call(this.request(prompt), this.context))
        if (chunk.type === 'delta') text += chunk.text;
      return text.trim();
    } finally {
      this.calling -= 1;
      this.waiting.shift()?.();
    }
  }

  async step<T>(name: string, work: (progress: (detail: string) => void) => Promise<T>): Promise<T> {
    this.steps += 1;
    const stepId = `step-${this.steps}`;
    const emit = (status: RunEventData['step']['status'], detail?: string): void =>
      this.context.emit('step', { stepId, name, status, ...(detail !== undefined && { detail }) });
    emit('started');
    try {
      const result = await work((detail) => emit('progress', detail));
      emit('done');
      return result;
    } catch (error) {
      emit('failed');
      throw error;
    }
  }

  source(source: Parameters<TemplateRun['source']>[0]): void {
    this.sources += 1;
    this.context.emit('source', { sourceId: `source-${this.sources}`, index: this.sources, ...source });
  }

  private request(prompt: Prompt): ChatRequest {
    const { system: _system, user: _user, ...sampling } = prompt;
    return { ...sampling, model: this.model, messages: messagesOf(prompt) };
  }

  private async turn(): Promise<void> {
    this.context.signal.throwIfAborted();
    while (this.calling >= MAX_PARALLEL_CALLS)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.context.signal.throwIfAborted();
    this.calling += 1;
  }
}
