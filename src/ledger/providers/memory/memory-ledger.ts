import { RateLimiterMemory } from 'rate-limiter-flexible';
import {
  amountIn,
  WINDOW_MS,
  type Account,
  type Budget,
  type BudgetState,
  type Ledger,
  type PlaceKind,
  type Receipt,
  type Reserved,
  type Spend,
  type UsageEntry,
  type UsageQuery,
  type WindowName,
} from '../../ledger.js';
import { UsageHistory, type HistoryLimits } from './usage-history.js';

/** Each budget has a limit of its own, so the limiter only counts. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** A ledger for one process; what it knows ends with the process. */
export class MemoryLedger implements Ledger {
  private readonly windows = { minute: counterOf('minute'), day: counterOf('day') };
  private readonly history: UsageHistory;
  private readonly places = new Map<string, number>();
  /** The last step of each tenant: a reservation touches several windows, and nobody may see half of it. */
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(
    limits: HistoryLimits,
    private readonly now: () => number = Date.now,
  ) {
    this.history = new UsageHistory(limits);
  }

  reserve(account: Account, spend: Spend, budgets: readonly Budget[]): Promise<Reserved> {
    return this.inTurn(account.tenantId, async () => {
      const at = this.now();
      const touched = budgets.filter(({ unit }) => amountIn(unit, spend.amounts) > 0);
      const states = await this.read(account, touched, at);
      const refusing = states.find(
        (state) => !state.isSoft && amountIn(state.unit, spend.amounts) > state.remaining,
      );
      if (refusing) return { granted: false, refusing };
      await this.count(account, touched, at, (unit) => amountIn(unit, spend.amounts));
      const exceeded = states.filter(({ unit, remaining }) => amountIn(unit, spend.amounts) > remaining);
      return { granted: true, receipt: { ...account, ...spend, at, budgets }, exceeded };
    });
  }

  settle(receipt: Receipt, spend: Spend): Promise<void> {
    return this.inTurn(receipt.tenantId, async () => {
      const { at, budgets, amounts } = receipt;
      await this.count(
        receipt,
        budgets,
        at,
        (unit) => amountIn(unit, spend.amounts) - amountIn(unit, amounts),
      );
      this.history.add(receipt, spend, this.now());
    });
  }

  states(account: Account, budgets: readonly Budget[]): Promise<BudgetState[]> {
    return this.read(account, budgets, this.now());
  }

  async enter(account: Account, kind: PlaceKind, limit: number): Promise<number | undefined> {
    const name = placeOf(account, kind);
    const taken = this.places.get(name) ?? 0;
    if (taken >= limit) return undefined;
    this.places.set(name, taken + 1);
    return taken + 1;
  }

  async leave(account: Account, kind: PlaceKind): Promise<void> {
    const name = placeOf(account, kind);
    const taken = (this.places.get(name) ?? 0) - 1;
    if (taken > 0) this.places.set(name, taken);
    else this.places.delete(name);
  }

  async usage(query: UsageQuery): Promise<UsageEntry[]> {
    return this.history.read(query, this.now());
  }

  private read(account: Account, budgets: readonly Budget[], at: number): Promise<BudgetState[]> {
    return Promise.all(
      budgets.map(async (budget) => {
        const counted = await this.windows[budget.window].get(nameOf(account, budget, at));
        const lengthMs = WINDOW_MS[budget.window];
        const remaining = Math.max(0, budget.limit - (counted?.consumedPoints ?? 0));
        return { ...budget, remaining, resetMs: lengthMs - (at % lengthMs) };
      }),
    );
  }

  /** Windows that are over have other names, so nothing that comes late counts in the one that goes on. */
  private async count(
    account: Account,
    budgets: readonly Budget[],
    at: number,
    amountOf: (unit: Budget['unit']) => number,
  ): Promise<void> {
    for (const budget of budgets) {
      const amount = amountOf(budget.unit);
      if (amount !== 0) await this.windows[budget.window].penalty(nameOf(account, budget, at), amount);
    }
  }

  private async inTurn<T>(tenantId: string, act: () => Promise<T>): Promise<T> {
    const done = (this.turns.get(tenantId) ?? Promise.resolve()).then(act);
    const turn = done.catch(() => undefined);
    this.turns.set(tenantId, turn);
    try {
      return await done;
    } finally {
      if (this.turns.get(tenantId) === turn) this.turns.delete(tenantId);
    }
  }
}

/** Forgets a window one length after it is over at the latest: its name comes with its first spend. */
function counterOf(window: WindowName): RateLimiterMemory {
  return new RateLimiterMemory({ points: UNLIMITED, duration: WINDOW_MS[window] / 1_000 });
}

function nameOf({ tenantId, keyId }: Account, { of, unit, window }: Budget, at: number): string {
  const index = Math.floor(at / WINDOW_MS[window]);
  return JSON.stringify([tenantId, of === 'key' ? keyId : null, unit, index]);
}

function placeOf({ tenantId, keyId }: Account, kind: PlaceKind): string {
  return JSON.stringify([tenantId, keyId, kind]);
}
