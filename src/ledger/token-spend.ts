import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { ProviderTimeoutError } from '../common/errors/provider-errors.js';
import { TokenEstimate } from '../common/text/token-estimate.js';
import { Budgets } from './budgets.js';

/** What a call of the chat model will cost, as far as that can be known before. */
export interface ExpectedTokens {
  model: string;
  /** All that the model will read. */
  input: string;
  /** Longest answer that the caller wants. */
  maxTokens?: number | undefined;
  /** Answers to one question. */
  choices?: number;
}

/** What a call has cost. */
export interface SpentTokens {
  inputTokens: number;
  outputTokens: number;
}

export interface TokenReservation {
  /** The longest answer that is paid for, which the provider has to be told. Undefined: no bound. */
  readonly maxTokens: number | undefined;
  /** What the model was given, as estimated. */
  readonly inputTokens: number;
  /** @param spent undefined: nothing, as the provider refused the call */
  settle(spent: SpentTokens | undefined): Promise<void>;
}

/** Reserves the tokens of calls to a chat model. */
@Injectable()
export class TokenSpend {
  constructor(private readonly budgets: Budgets) {}

  /** @throws what `Budgets.reserve` throws */
  async reserve(
    caller: Caller,
    { model, input, maxTokens: wanted, choices = 1 }: ExpectedTokens,
  ): Promise<TokenReservation> {
    const inputTokens = new TokenEstimate().add(input).tokens;
    const maxTokens = wanted ?? this.budgets.maxOutputTokens(caller, inputTokens);
    const reservation = await this.budgets.reserve(caller, {
      modality: 'chat',
      model,
      amounts: { inputTokens, outputTokens: (maxTokens ?? 0) * choices },
    });
    return {
      maxTokens,
      inputTokens,
      settle: (spent) =>
        reservation.settle(spent ? { inputTokens: spent.inputTokens, outputTokens: spent.outputTokens } : {}),
    };
  }
}

/** Whether a call that failed before its answer began may have cost something: a provider that refuses or breaks down charges nothing. */
export function mayHaveSpent(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || error instanceof ProviderTimeoutError;
}
