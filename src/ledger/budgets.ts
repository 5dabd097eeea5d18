import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { Caller } from '../auth/caller.js';
import { BudgetExceededError, OverloadedError } from '../common/errors/caller-errors.js';
import { describeCause } from '../common/errors/describe-cause.js';
import { answerWithin } from './answer-within.js';
import { budgetsOf, placesOf, smallestLimit, type Limits } from './budgets-of.js';
import { ledgerConfig } from './ledger.config.js';
import { LedgerMetrics } from './ledger-metrics.js';
import {
  amountIn,
  LEDGER,
  type Account,
  type Amounts,
  type Budget,
  type BudgetState,
  type BudgetUnit,
  type Ledger,
  type PlaceKind,
  type Receipt,
  type Spend,
} from './ledger.js';
import { policyName, rateLimitFields } from './rate-limit-fields.js';

/** What was reserved. It is settled once, whatever becomes of the work: with nothing when nothing was spent. */
export interface Reservation {
  /** @param model the one that was used, when it is not the one that was asked for */
  settle(used: Amounts, model?: string): Promise<void>;
}

const UNIT_NAMES: Record<BudgetUnit, string> = {
  tokens: 'tokens',
  characters: 'characters',
  audioSeconds: 'seconds of audio',
  storageBytes: 'bytes of storage',
};
/** An answer where the caller set no bound and a budget of tokens applies. */
const DEFAULT_OUTPUT_TOKENS = 4_096;
const PLACE_RETRY_MS = 1_000;
const FAILED_RETRY_MS = 1_000;

/** What every feature asks before it spends. When the ledger cannot be asked, nothing is spent. */
@Injectable()
export class Budgets {
  private readonly logger = new Logger(Budgets.name);

  constructor(
    @Inject(LEDGER) private readonly ledger: Ledger,
    @Inject(ledgerConfig.KEY) private readonly config: ConfigType<typeof ledgerConfig>,
    private readonly metrics: LedgerMetrics,
  ) {}

  /**
   * Before the provider is called.
   * @throws BudgetExceededError, and OverloadedError when the ledger does not answer
   */
  async reserve(caller: Caller, spend: Spend): Promise<Reservation> {
    const reserved = await this.ask(
      'reserve',
      () => this.ledger.reserve(accountOf(caller), spend, this.of(caller)),
      (late) => late.granted && this.ledger.settle(late.receipt, { ...spend, amounts: {} }),
    );
    if (!reserved.granted) {
      this.metrics.refusedBy(policyName(reserved.refusing));
      throw refusal(reserved.refusing, amountIn(reserved.refusing.unit, spend.amounts));
    }
    for (const budget of reserved.exceeded) this.tellExceeded(caller, policyName(budget));
    return this.reservation(reserved.receipt);
  }

  /** Counts what nobody could refuse any more. */
  async record(caller: Caller, spend: Spend): Promise<void> {
    const soft = this.of(caller).map((budget) => ({ ...budget, isSoft: true }));
    try {
      const reserved = await this.ask('reserve', () => this.ledger.reserve(accountOf(caller), spend, soft));
      if (reserved.granted) await this.reservation(reserved.receipt).settle(spend.amounts);
    } catch {
      // `ask` has told it, and what is spent is spent.
    }
  }

  /**
   * A place of the caller's key, and one of its token.
   * @returns the release: call it when the work has ended. Further calls do nothing.
   * @throws BudgetExceededError, and OverloadedError when the ledger does not answer
   */
  async enter(caller: Caller, kind: PlaceKind): Promise<() => void> {
    const account = accountOf(caller);
    const places = placesOf(this.limitsOf(caller), kind);
    if (places.length === 0) return () => undefined;
    const leave = (): Promise<void> => this.ledger.leave(account, kind, places);
    const entered = await this.ask(
      'enter',
      () => this.ledger.enter(account, kind, places),
      (late) => late.granted && leave(),
    );
    if (!entered.granted) {
      const { of, limit } = entered.refusing;
      this.metrics.refusedBy(`${of}-${kind}`);
      throw new BudgetExceededError(`This ${of} may have ${limit} ${kind} at once.`, {
        retryAfterMs: PLACE_RETRY_MS,
      });
    }
    for (const { of } of entered.exceeded) this.tellExceeded(caller, `${of}-${kind}`);
    let isOut = false;
    return () => {
      if (isOut) return;
      isOut = true;
      void this.attempt('leave', leave);
    };
  }

  /**
   * How long an answer may become for a caller who set no bound, so that it can be reserved. Undefined: as long as the model likes, because
   * no budget counts it.
   */
  maxOutputTokens(caller: Caller, inputTokens: number): number | undefined {
    const { maxOutputTokens } = this.config;
    const budgets = this.of(caller);
    if (!budgets.some(({ unit }) => unit === 'tokens')) return maxOutputTokens;
    const left = Math.max(1, smallestLimit(budgets, 'tokens') - inputTokens);
    return Math.min(maxOutputTokens ?? DEFAULT_OUTPUT_TOKENS, left);
  }

  /** The least that any budget of a unit allows at once. */
  smallestLimit(caller: Caller, unit: BudgetUnit): number {
    return smallestLimit(this.of(caller), unit);
  }

  /** Audio that a live session reserves at once. */
  get audioSliceSeconds(): number {
    return this.config.audioSliceSeconds;
  }

  /** How the budgets of some units stand. */
  states(caller: Caller, units: readonly BudgetUnit[]): Promise<BudgetState[]> {
    const budgets = this.of(caller).filter(({ unit }) => units.includes(unit));
    if (budgets.length === 0) return Promise.resolve([]);
    return this.ask('states', () => this.ledger.states(accountOf(caller), budgets));
  }

  private of(caller: Caller): readonly Budget[] {
    return budgetsOf(this.limitsOf(caller));
  }

  private limitsOf({ limits, token }: Caller): Limits {
    return { tenant: this.config.limits, key: limits, token: token?.limits };
  }

  private reservation(receipt: Receipt): Reservation {
    let isSettled = false;
    return {
      settle: async (amounts, model = receipt.model) => {
        if (isSettled) return;
        isSettled = true;
        const { modality, isContinued = false } = receipt;
        const spend = { modality, model, amounts, isContinued };
        const isCounted = await this.attempt('settle', () => this.ledger.settle(receipt, spend));
        if (isCounted) this.metrics.settled(spend);
      },
    };
  }

  /** @returns whether it was done; nobody waits for what it was */
  private async attempt(step: 'settle' | 'leave', act: () => Promise<void>): Promise<boolean> {
    try {
      await answerWithin(this.config.timeoutMs, act());
      return true;
    } catch (error) {
      this.tellFailure(step, error);
      return false;
    }
  }

  /** @param undo takes back what is granted too late, when the caller was refused already */
  private async ask<T>(
    step: 'reserve' | 'states' | 'enter',
    act: () => Promise<T>,
    undo?: (late: T) => unknown,
  ): Promise<T> {
    try {
      return await answerWithin(this.config.timeoutMs, act(), undo);
    } catch (cause) {
      this.tellFailure(step, cause);
      throw new OverloadedError('What was spent cannot be counted now, so nothing more may be spent.', {
        retryAfterMs: FAILED_RETRY_MS,
        cause,
      });
    }
  }

  private tellExceeded({ tenantId, keyId }: Caller, budget: string): void {
    this.metrics.exceededSoftly(budget);
    this.logger.warn({ tenantId, keyId, budget }, 'Soft budget exceeded');
  }

  private tellFailure(step: 'reserve' | 'settle' | 'states' | 'enter' | 'leave', error: unknown): void {
    this.metrics.failed(step);
    if (step === 'settle' || step === 'leave')
      this.logger.error({ step, cause: describeCause(error) }, 'Ledger failed');
  }
}

/** Only a token with limits of its own has an account of its own. */
function accountOf({ tenantId, keyId, token }: Caller): Account {
  return token?.limits ? { tenantId, keyId, tokenId: token.id } : { tenantId, keyId };
}

const WHOSE: Record<Budget['of'], string> = { tenant: 'your tenant', key: 'this key', token: 'this token' };

function refusal(state: BudgetState, asked: number): BudgetExceededError {
  const { limit, unit, window, resetMs, remaining } = state;
  const budget = `the budget of ${WHOSE[state.of]}, ${limit} ${UNIT_NAMES[unit]} a ${window}`;
  const headers = rateLimitFields([state]);
  if (asked > limit)
    return new BudgetExceededError(`This may cost ${asked} ${UNIT_NAMES[unit]}: more than ${budget}.`, {
      available: remaining,
      headers,
    });
  return new BudgetExceededError(
    `This may cost ${asked} ${UNIT_NAMES[unit]}: ${budget}, has ${remaining} left.`,
    {
      available: remaining,
      retryAfterMs: resetMs,
      headers,
    },
  );
}
