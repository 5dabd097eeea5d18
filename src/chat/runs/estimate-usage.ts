import type { TokenUsage } from '../chat-model.js';

/** Scripts without an alphabet take about one token for each character, the others about one for four. */
const DENSE =
  /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Extended_Pictographic}]/gu;
const CHARS_PER_TOKEN = 4;

/** A guess for runs whose provider did not say what they took, such as those that were cut. */
export function estimateUsage(input: string, output: string): TokenUsage {
  const inputTokens = estimateTokens(input);
  const outputTokens = estimateTokens(output);
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}

function estimateTokens(text: string): number {
  const rest = text.replace(DENSE, '').length;
  const dense = [...text.matchAll(DENSE)].length;
  return dense + Math.ceil(rest / CHARS_PER_TOKEN);
}
