/** What the scripted provider is to do; it travels as the question. */
export interface Plan {
  /** Names the call, to ask when it was closed. */
  key: string;
  chunks: number;
  /** Between chunks; 0: one after the other, each in a turn of its own. */
  gapMs: number;
  ttftMs: number;
}

let calls = 0;

/** A plan with a key of its own. */
export function plan(fields: Partial<Plan>): Plan {
  return { key: `call-${(calls += 1)}`, chunks: 1, gapMs: 0, ttftMs: 0, ...fields };
}

export const ENDLESS = 1_000_000_000;
