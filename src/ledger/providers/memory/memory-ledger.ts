import type { OnApplicationShutdown } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import {
  amountIn,
  WINDOW_MS,
  type Account,
  type Budget,
  type BudgetState,
  type Ledger,
  type Entered,
  type PlaceKind,
  type Places,
  type Receipt,
  type Reserved,
  type Spend,
  type UsageEntry,
  type UsageQuery,
  type WindowName,
} from '../../ledger.js';
import { TokenWindows } from './token-windows.js';
import { UsageHistory, type HistoryLimits } from './usage-history.js';
import type { CountedWindows, WindowFile } from './window-file.js';

export interface MemoryLedgerLimits extends HistoryLimits {
  /** Windows of tokens that are counted for each tenant. */
  maxTokenWindows: number;
}

/** Each budget has a limit of its own, so the limiter only counts. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** A ledger for one process. What its windows have counted outlives the process in a file; its history and places do not. */
export class MemoryLedger implements Ledger, OnApplicationShutdown {
  private readonly windows = { minute: counterOf('minute'), day: counterOf('day') };
  private readonly tokenWindows: TokenWindows;
  private readonly history: UsageHistory;
  /** Places, by whose they are. */
  private readonly taken = new Map<string, number>();
  /** The last step of each tenant: a reservation touches several windows, and nobody may see half of it. */
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(
    limits: MemoryLedgerLimits,
    private readonly now: () => number = Date.now,
    private readonly file?: WindowFile,
  ) {
    this.history = new UsageHistory(limits);
    this.tokenWindows = new TokenWindows(limits.maxTokenWindows);
    const counted = file?.read();
    if (counted) this.restore(counted);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.file?.save();
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
      this.admitToken(account, touched, at);
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

  async enter(account: Account, kind: PlaceKind, places: readonly Places[]): Promise<Entered> {
    const full = places.filter(({ of, limit }) => this.takenOf(placeOf(account, of, kind)) >= limit);
    const refusing = full.find(({ isSoft }) => !isSoft);
    if (refusing) return { granted: false, refusing };
    for (const { of } of places) {
      const name = placeOf(account, of, kind);
      this.taken.set(name, this.takenOf(name) + 1);
    }
    return { granted: true, exceeded: full };
  }

  async leave(account: Account, kind: PlaceKind, places: readonly Places[]): Promise<void> {
    for (const { of } of places) {
      const name = placeOf(account, of, kind);
      const taken = this.takenOf(name) - 1;
      if (taken > 0) this.taken.set(name, taken);
      else this.taken.delete(name);
    }
  }

  private takenOf(place: string): number {
    return this.taken.get(place) ?? 0;
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
      if (amount === 0) continue;
      await this.windows[budget.window].penalty(nameOf(account, budget, at), amount);
      this.file?.changed(() => this.dump());
    }
  }

  /** @throws when the tenant has too many tokens that are counted */
  private admitToken(account: Account, budgets: readonly Budget[], at: number): void {
    const windows = budgets
      .filter(({ of }) => of === 'token')
      .map((budget) => [nameOf(account, budget, at), endOf(budget.window, at)] as const);
    this.tokenWindows.add(account.tenantId, new Map(windows), at);
  }

  private dump(): CountedWindows {
    const [minute, day] = [this.windows.minute.dump(), this.windows.day.dump()];
    return { minute, day } as CountedWindows;
  }

  private restore(counted: CountedWindows): void {
    this.windows.minute.restore(counted.minute);
    this.windows.day.restore(counted.day);
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

function nameOf(account: Account, { of, unit, window }: Budget, at: number): string {
  const index = Math.floor(at / WINDOW_MS[window]);
  return JSON.stringify([...payerOf(account, of), unit, index]);
}

function endOf(window: WindowName, at: number): number {
  return at - (at % WINDOW_MS[window]) + WINDOW_MS[window];
}

function placeOf(account: Account, of: Places['of'], kind: PlaceKind): string {
  return JSON.stringify([...payerOf(account, of), kind]);
}

/** Whose window or place it is. */
function payerOf({ tenantId, keyId, tokenId }: Account, of: Budget['of']): (string | null)[] {
  if (of === 'tenant') return [tenantId, null, null];
  return of === 'key' ? [tenantId, keyId, null] : [tenantId, keyId, tokenId ?? null];
}
