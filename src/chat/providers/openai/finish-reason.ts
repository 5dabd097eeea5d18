import type { FinishReason } from '../../chat-model.js';

const KNOWN: Record<string, FinishReason> = {
  length: 'length',
  max_tokens: 'length',
  max_output_tokens: 'length',
  max_length: 'length',
  model_length: 'length',
  content_filter: 'filtered',
  content_filtered: 'filtered',
  safety: 'filtered',
  recitation: 'filtered',
  blocklist: 'filtered',
  prohibited_content: 'filtered',
  sensitive: 'filtered',
  refusal: 'filtered',
  tool_calls: 'tool_calls',
  tool_use: 'tool_calls',
  function_call: 'tool_calls',
};

/** The engine gave up: vLLM and SGLang, OpenRouter, DeepSeek, Zhipu. */
const FAILURES = new Set([
  'abort',
  'aborted',
  'cancelled',
  'canceled',
  'error',
  'failed',
  'insufficient_system_resource',
  'network_error',
  'timeout',
]);

/** What `finish_reason` of a service means, also under the names of services that are not OpenAI. Anything new is a stop. */
export function finishReasonOf(reason: string): FinishReason | 'failure' {
  const name = reason.toLowerCase();
  if (FAILURES.has(name)) return 'failure';
  return Object.hasOwn(KNOWN, name) ? KNOWN[name]! : 'stop';
}
