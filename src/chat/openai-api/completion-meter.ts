import { TokenEstimate } from '../../common/text/token-estimate.js';
import type { ExpectedTokens, SpentTokens } from '../../ledger/token-spend.js';
import type { CallDetails } from '../../metrics/provider-metrics.js';
import type { CompletionRequest } from './completion-service.js';

/** What a chunk adds to an answer, in the members that hold words. What is escaped in it counts a little more. */
const WORDS = /"(?:content|reasoning|reasoning_content|arguments|refusal)"\s*:\s*"((?:[^"\\]|\\.)*)"/g;

/** Inside of a text its quotes would be escaped. */
const USAGE = Buffer.from('"usage"');
const OPENING_BRACE = '{'.charCodeAt(0);
/** The colon, and the blanks of JSON. */
const BETWEEN_TOKENS: ReadonlySet<number | undefined> = new Set(Buffer.from(': \t\r\n'));
/** How much of a stream waits until its words are read. */
const UNREAD_BYTES = 16_384;
/** In a text its quotes would be escaped. */
const MODEL = /"model"\s*:\s*"([^"\\]{1,200})"/;

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

/** What the span of the call tells of the request. */
export function completionDetails(request: CompletionRequest): CallDetails {
  const {
    model,
    stream,
    temperature,
    top_p: topP,
    max_completion_tokens: limit,
    max_tokens: former,
  } = request;
  return {
    model,
    isStream: stream === true,
    maxTokens: numberIn(limit ?? former),
    temperature: numberIn(temperature),
    topP: numberIn(topP),
  };
}

/**
 * The tokens of one completion: as the provider tells them in what passes by, else estimated. A stream passes by in many small pieces, so
 * its words are read some pieces at a time, and not at all where the provider tells the tokens.
 */
export class CompletionMeter {
  private state: 'unsent' | 'sent' | 'refused' = 'unsent';
  private told: SpentTokens | undefined;
  /** The last piece that tells them. Some services tell them in every piece. */
  private telling: Buffer | undefined;
  private unread: Buffer[] = [];
  private unreadBytes = 0;
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

  /** @param bytes whole events of a stream, or the whole answer; they are kept for a while */
  read(bytes: Uint8Array): void {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (tellsUsage(piece)) {
      this.telling = piece;
      this.told ??= this.usageIn(piece);
    }
    if (this.told) return this.forget();
    this.unread.push(piece);
    this.unreadBytes += piece.length;
    if (this.unreadBytes > UNREAD_BYTES) this.readWords();
  }

  /** Undefined: nothing. */
  get spent(): SpentTokens | undefined {
    if (this.state !== 'sent') return undefined;
    const told = (this.telling && this.usageIn(this.telling)) ?? this.told;
    if (told) return told;
    this.readWords();
    return { inputTokens: this.inputTokens, outputTokens: this.output.tokens };
  }

  /** As the provider has told them; undefined when it did not. */
  get reported(): SpentTokens | undefined {
    return (this.telling && this.usageIn(this.telling)) ?? this.told;
  }

  private readWords(): void {
    const text = Buffer.concat(this.unread).toString();
    this.forget();
    for (const [, words = ''] of text.matchAll(WORDS)) this.output.add(words);
  }

  private forget(): void {
    this.unread = [];
    this.unreadBytes = 0;
  }

  private usageIn(piece: Buffer): SpentTokens | undefined {
    const text = piece.toString();
    if (!this.isStream) return usageIn(text);
    const events = text.split('\n\n').map((event) => usageIn(event.slice('data: '.length)));
    return events.findLast((usage) => usage !== undefined);
  }
}

/** Without making text of it: in nearly all pieces it is not there, or null. */
function tellsUsage(piece: Buffer): boolean {
  for (let at = piece.indexOf(USAGE); at !== -1; at = piece.indexOf(USAGE, at + 1)) {
    let next = at + USAGE.length;
    while (BETWEEN_TOKENS.has(piece[next])) next += 1;
    if (piece[next] === OPENING_BRACE) return true;
  }
  return false;
}

function usageIn(json: string): SpentTokens | undefined {
  try {
    const { usage } = JSON.parse(json) as {
      usage?: { prompt_tokens?: unknown; completion_tokens?: unknown } | null;
    };
    const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = usage ?? {};
    return isCount(inputTokens) && isCount(outputTokens) ? { inputTokens, outputTokens } : undefined;
  } catch {
    return undefined;
  }
}

/** The model that answers, as the provider names it in the first piece of its answer. */
export function modelIn(bytes: Uint8Array): string | undefined {
  return MODEL.exec(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())?.[1];
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function isAmount(value: unknown): value is number {
  return isCount(value) && value > 0;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
