import type { SpendLimit } from '../auth/caller-limits.js';

/** What can be spent, as it is counted. Whole numbers, seconds rounded up. */
export const AMOUNTS = ['inputTokens', 'outputTokens', 'characters', 'audioSeconds', 'storageBytes'] as const;
export type Amounts = Readonly<Partial<Record<(typeof AMOUNTS)[number], number>>>;

export const MODALITIES = ['chat', 'speech', 'transcription', 'storage'] as const;
export type Modality = (typeof MODALITIES)[number];

/** What a budget limits: tokens are those of input and output together. */
export type BudgetUnit = keyof SpendLimit;

export const WINDOW_MS = { minute: 60_000, day: 86_400_000 } as const;
export type WindowName = keyof typeof WINDOW_MS;

/** A limit on what a tenant, one key, or one token may spend in a window: a minute or a day of UTC. */
export interface Budget {
  of: 'tenant' | 'key' | 'token';
  unit: BudgetUnit;
  window: WindowName;
  limit: number;
  /** What is over it is allowed, and said. */
  isSoft: boolean;
}

export interface BudgetState extends Budget {
  /** 0 when it is used up or exceeded. */
  remaining: number;
  resetMs: number;
}

/** Who pays. */
export interface Account {
  tenantId: string;
  keyId: string;
  /** Of a token that has limits of its own. */
  tokenId?: string | undefined;
}

export interface Spend {
  modality: Modality;
  model: string;
  amounts: Amounts;
  /** A further part of a call that the history has counted already. */
  isContinued?: boolean;
}

/** What `reserve` gives for `settle`: plain, so that it may be written down elsewhere. */
export interface Receipt extends Account, Spend {
  /** When it was reserved: windows that are over take nothing back. */
  at: number;
  budgets: readonly Budget[];
}

export type Reserved =
  | { granted: true; receipt: Receipt; exceeded: readonly BudgetState[] }
  | { granted: false; refusing: BudgetState };

/** One line of the history: what a key has spent within an hour. */
export interface UsageEntry {
  tenantId: string;
  /** What its tokens have spent is the key's. */
  keyId: string;
  /** Start of the hour, in ms since 1970. */
  hour: number;
  modality: Modality;
  model: string;
  calls: number;
  amounts: Required<Amounts>;
}

export interface UsageQuery {
  /** All tenants when it is missing. */
  tenantId?: string | undefined;
  from: number;
  to: number;
}

export type PlaceKind = 'runs' | 'sessions';

/** How much of a kind a key, or one token, may have at once. */
export interface Places {
  of: 'key' | 'token';
  limit: number;
  /** More than that is allowed, and said. */
  isSoft: boolean;
}

export type Entered = { granted: true; exceeded: readonly Places[] } | { granted: false; refusing: Places };

/**
 * Counts what is spent against budgets, and keeps the history of it. Contract suite: `test/contracts/ledger.ts`. Any call may reject, as
 * one to a store of another machine does.
 */
export interface Ledger {
  /** Counts a spend in all budgets that it touches, or in none when a hard one does not allow it. However many ask at once, none is overshot. */
  reserve(account: Account, spend: Spend, budgets: readonly Budget[]): Promise<Reserved>;

  /** Replaces what was reserved by what was spent, and writes that into the history. */
  settle(receipt: Receipt, spend: Spend): Promise<void>;

  states(account: Account, budgets: readonly Budget[]): Promise<BudgetState[]>;

  /** Takes a place in each of these, or in none when a hard one has none left. */
  enter(account: Account, kind: PlaceKind, places: readonly Places[]): Promise<Entered>;

  /** Gives back what `enter` took. */
  leave(account: Account, kind: PlaceKind, places: readonly Places[]): Promise<void>;

  usage(query: UsageQuery): Promise<UsageEntry[]>;
}

export const LEDGER = Symbol('LEDGER');

/** How much of `amounts` a budget counts. */
export function amountIn(unit: BudgetUnit, amounts: Amounts): number {
  return unit === 'tokens'
    ? Math.ceil((amounts.inputTokens ?? 0) + (amounts.outputTokens ?? 0))
    : Math.ceil(amounts[unit] ?? 0);
}
