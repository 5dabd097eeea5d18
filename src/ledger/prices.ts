import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { fromProject } from '../config/project-paths.js';
import { ConfigError } from '../config/load-env.js';
import type { Amounts } from './ledger.js';

function readJson(path: string): unknown {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      `PRICES_FILE ${code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? 'unknown'})`}`,
    );
  }
  try {
    return JSON.parse(content);
  } catch {
    throw new ConfigError('PRICES_FILE is not JSON');
  }
}

const price = z.number().min(0);

const modelSchema = z.strictObject({
  inputPerMillionTokens: price.optional(),
  outputPerMillionTokens: price.optional(),
  perMillionCharacters: price.optional(),
  perMinuteOfAudio: price.optional(),
});

export const pricesSchema = z.strictObject({
  date: z.iso.date(),
  source: z.string().min(1),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be a code of ISO 4217'),
  models: z.record(z.string(), modelSchema),
});

/** Prices by model. What has no price costs null: nothing is guessed. */
export class Prices {
  private readonly models: ReadonlyMap<string, z.output<typeof modelSchema>>;
  readonly currency: string | null;
  /** The day of which they are. */
  readonly date: string | null;

  constructor(prices?: z.output<typeof pricesSchema>) {
    this.models = new Map(Object.entries(prices?.models ?? {}));
    this.currency = prices?.currency ?? null;
    this.date = prices?.date ?? null;
  }

  /**
   * @param path from the folder of the project
   * @throws ConfigError that names what is wrong with the file
   */
  static load(path: string | undefined): Prices {
    if (path === undefined) return new Prices();
    const { data, error } = pricesSchema.safeParse(readJson(fromProject(path)));
    if (data) return new Prices(data);
    const [issue] = error.issues;
    throw new ConfigError(`PRICES_FILE: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
  }

  /** Null unless everything that was spent has a price. */
  costOf(model: string, amounts: Amounts): number | null {
    const prices = this.models.get(model);
    const parts: [amount: number | undefined, price: number | undefined, per: number][] = [
      [amounts.inputTokens, prices?.inputPerMillionTokens, 1_000_000],
      [amounts.outputTokens, prices?.outputPerMillionTokens, 1_000_000],
      [amounts.characters, prices?.perMillionCharacters, 1_000_000],
      [amounts.audioSeconds, prices?.perMinuteOfAudio, 60],
    ];
    let cost = 0;
    for (const [amount = 0, each, per] of parts) {
      if (amount === 0) continue;
      if (each === undefined) return null;
      cost += (amount * each) / per;
    }
    return cost;
  }
}
