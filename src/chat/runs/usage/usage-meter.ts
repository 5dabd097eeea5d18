import type { TokenUsage } from '../../chat-model.js';
import { TokenEstimate } from '../../../common/text/token-estimate.js';

/** The tokens of one model call: estimated until the provider reports them. */
export class CallMeter {
  private readonly output = new TokenEstimate();
  private _told: TokenUsage | undefined;
  private input: string | undefined;
  private inputTokens = 0;

  constructor(input: string) {
    this.input = input;
  }

  wrote(text: string): void {
    this.output.add(text);
  }

  told(usage: TokenUsage): void {
    this._told = usage;
  }

  /** The call has ended: forgets the prompt, because runs are kept for a while. */
  end(): void {
    if (this._told === undefined) this.inputTokens = this.estimateInput();
    this.input = undefined;
  }

  get isEstimated(): boolean {
    return this._told === undefined;
  }

  get usage(): TokenUsage {
    if (this._told) return this._told;
    const inputTokens = this.estimateInput();
    const outputTokens = this.output.tokens;
    return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
  }

  private estimateInput(): number {
    return this.input === undefined ? this.inputTokens : new TokenEstimate().add(this.input).tokens;
  }
}

/** The tokens of a run: the sum of its calls, including calls that were cut. */
export class UsageMeter {
  private readonly calls: CallMeter[] = [];

  begin(input: string): CallMeter {
    const call = new CallMeter(input);
    this.calls.push(call);
    return call;
  }

  total(): TokenUsage & { estimated: boolean } {
    const total = { inputTokens: 0, outputTokens: 0, totalTokens: 0, estimated: false };
    for (const { usage, isEstimated } of this.calls) {
      total.inputTokens += usage.inputTokens;
      total.outputTokens += usage.outputTokens;
      total.totalTokens += usage.totalTokens;
      total.estimated ||= isEstimated;
    }
    return total;
  }
}
