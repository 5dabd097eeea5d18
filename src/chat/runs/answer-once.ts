import { ProviderTimeoutError } from '../../common/errors/provider-errors.js';
import type { ChatModel, ChatRequest, FinishReason } from '../chat-model.js';
import type { RunContext } from './run.js';

export interface AnswerTimeouts {
  firstTokenMs: number;
  idleTimeoutMs: number;
}

/** The work of a plain run: one model call, passed on as it comes. */
export async function answerOnce(
  model: ChatModel,
  request: ChatRequest,
  timeouts: AnswerTimeouts,
  context: RunContext,
): Promise<FinishReason> {
  const silence = new AbortController();
  const signal = AbortSignal.any([context.signal, silence.signal]);
  const fellSilent = (): void => silence.abort(new ProviderTimeoutError('The chat service fell silent.'));
  let timer: NodeJS.Timeout | undefined;
  let finishReason: FinishReason = 'stop';
  try {
    const chunks = await model.stream(request, signal);
    context.accepted();
    timer = setTimeout(fellSilent, timeouts.firstTokenMs);
    let isFirst = true;
    for await (const chunk of chunks) {
      if (isFirst) {
        clearTimeout(timer);
        timer = setTimeout(fellSilent, timeouts.idleTimeoutMs);
        isFirst = false;
      } else timer.refresh();
      if (chunk.type === 'finish') finishReason = chunk.reason;
      else if (chunk.type === 'usage') context.used(chunk.usage);
      else context.emit(chunk.type, { text: chunk.text });
    }
    return finishReason;
  } catch (error) {
    if (silence.signal.aborted) throw silence.signal.reason;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
