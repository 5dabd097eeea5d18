import { ProviderFailedError } from '../../../common/errors/provider-errors.js';
import { failedInMidStream, parseCompletionChunk, type CompletionChunk } from './completion-chunk.js';
import type { CompletionEvent } from './completion-events.js';
import { finishReasonOf } from './finish-reason.js';

/**
 * A streamed completion as it is passed on: each chunk as the service wrote it, in the plainest frame there is. What no SDK expects
 * stays here (comments, keep-alives, names of events), and what a service says of its failure does, too.
 */
export async function* relayCompletion(
  reads: AsyncIterable<readonly CompletionEvent[]>,
): AsyncGenerator<Uint8Array> {
  let hasAnswered = false;
  for await (const events of reads) {
    const { text, failure } = relayed(events);
    hasAnswered ||= text !== '';
    if (text !== '') yield Buffer.from(text);
    if (failure !== undefined) throw failure;
  }
  if (!hasAnswered) throw new ProviderFailedError('The chat service ended without an answer.');
  yield Buffer.from('data: [DONE]\n\n');
}

function relayed(events: readonly CompletionEvent[]): { text: string; failure?: unknown } {
  let text = '';
  try {
    for (const event of events) {
      if (!isPlainChunk(event) && !isAcceptable(event)) continue;
      // Between the tokens of JSON a new line is a blank; inside a string there is none.
      text += `data: ${event.data.includes('\n') ? event.data.replaceAll('\n', ' ') : event.data}\n\n`;
    }
  } catch (failure) {
    return { text, failure };
  }
  return { text };
}

/**
 * Whether it is a chunk of an answer that goes on, without parsing it, as nearly all are. In a text these names would stand with
 * escaped quotes.
 */
function isPlainChunk({ name, data }: CompletionEvent): boolean {
  return (
    name === undefined &&
    data.startsWith('{') &&
    data.endsWith('}') &&
    data.includes('"choices"') &&
    !data.includes('"error"') &&
    (data.includes('"finish_reason":null') ||
      data.includes('"finish_reason": null') ||
      !data.includes('"finish_reason"'))
  );
}

function isAcceptable(event: CompletionEvent): boolean {
  const chunk = parseCompletionChunk(event);
  if (chunk === undefined) return false;
  for (const reason of finishReasons(chunk))
    if (finishReasonOf(reason) === 'failure') throw failedInMidStream();
  return true;
}

function finishReasons({ choices }: CompletionChunk): string[] {
  if (!Array.isArray(choices)) return [];
  return (choices as NonNullable<CompletionChunk['choices']>)
    .map((choice) => choice?.finish_reason)
    .filter((reason) => typeof reason === 'string');
}
