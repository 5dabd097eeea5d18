import { TokenEstimate } from '../../common/text/token-estimate.js';
import type { ExpectedTokens, SpentTokens } from '../../ledger/token-spend.js';
import type { CompletionRequest } from './completion-service.js';

/** What a chunk adds to an answer, in the members that hold words. What is escaped in it counts a little more. */
const WORDS = /"(?:content|reasoning|reasoning_content|arguments|refusal)"\s*:\s*"((?:[^"\\]|\\.)*)"/g;

/** What a completion is going to cost at most. */
export function expectedTokens({ model, members, ...fields }: CompletionRequest): ExpectedTokens {
  const { n, max_completion_tokens: limit, max_tokens: formerLimit } = fields;
  const maxTokens = limit ?? formerLimit;
  return {
    model,
    input: `${members.get('messages') ?? ''}${members.get('tools') ?? ''}`,
    maxTokens: isAmount(maxTokens) ? maxTokens : undefined,
    choices: isAmount(n) ? n : 1,
  };
}

/** The request with the bound that was reserved. One that has its own goes as it came. */
export function boundOutput(request: CompletionRequest, maxTokens: number | undefined): CompletionRequest {
  const isBound = isAmount(request.max_completion_tokens ?? request.max_tokens);
  if (isBound || maxTokens === undefined) return request;
  const members = new Map(request.members);
  members.delete('max_completion_tokens');
  members.set('max_tokens', String(maxTokens));
  return { ...request, members, max_completion_tokens: undefined, max_tokens: maxTokens };
}

/** The tokens of one completion: as the provider tells them in what passes by, else estimated. */
export class CompletionMeter {
  private state: 'unsent' | 'sent' | 'refused' = 'unsent';
  private told: SpentTokens | undefined;
  private readonly output = new TokenEstimate();

  constructor(
    private readonly inputTokens: number,
    private readonly isStream: boolean,
  ) {}

  /** The request goes to the provider. */
  begin(): void {
    this.state = 'sent';
  }

  /** The provider did not take it. */
  refused(): void {
    this.state = 'refused';
  }

  /** @param bytes whole events of a stream, or the whole answer */
  read(bytes: Uint8Array): void {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
    if (this.isStream) for (const event of text.split('\n\n')) this.readJson(event.slice('data: '.length));
    else this.readJson(text);
  }

  /** Undefined: nothing. */
  get spent(): SpentTokens | undefined {
    if (this.state !== 'sent') return undefined;
    return this.told ?? { inputTokens: this.inputTokens, outputTokens: this.output.tokens };
  }

  private readJson(json: string): void {
    for (const [, words = ''] of json.matchAll(WORDS)) this.output.add(words);
    // Parsed only where it is told, which in a stream is one event of all.
    if (/"usage"\s*:\s*\{/.test(json)) this.told = usageIn(json) ?? this.told;
  }
}

function usageIn(json: string): SpentTokens | undefined {
  try {
    const { usage } = JSON.parse(json) as {
      usage?: { prompt_tokens?: unknown; completion_tokens?: unknown };
    };
    const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = usage ?? {};
    return isCount(inputTokens) && isCount(outputTokens) ? { inputTokens, outputTokens } : undefined;
  } catch {
    return undefined;
  }
}

function isAmount(value: unknown): value is number {
  return isCount(value) && value > 0;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
