import { z } from 'zod';
import type { CallerLimits } from '../auth/caller-limits.js';
import { configSlice, type EnvOf } from '../config/config-slice.js';
import { count, durationMs, oneOf, optionalText, text } from '../config/env-variables.js';
import { ConfigError } from '../config/load-env.js';
import { fromProject } from '../config/project-paths.js';

const optionalAmount = (description: string) =>
  z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional().meta({ description });

const variables = {
  BUDGET_TOKENS_PER_MINUTE: optionalAmount(
    'tokens of the chat, input and output, that each tenant may spend in a minute',
  ),
  BUDGET_TOKENS_PER_DAY: optionalAmount('the same in a day of UTC'),
  BUDGET_CHARACTERS_PER_MINUTE: optionalAmount('characters that each tenant may have spoken in a minute'),
  BUDGET_CHARACTERS_PER_DAY: optionalAmount('the same in a day of UTC'),
  BUDGET_AUDIO_SECONDS_PER_MINUTE: optionalAmount(
    'seconds of audio that each tenant may have transcribed in a minute; a live session takes 60 of them in a minute, with the slice ahead up to 120',
  ),
  BUDGET_AUDIO_SECONDS_PER_DAY: optionalAmount('the same in a day of UTC'),
  BUDGET_STORAGE_BYTES_PER_DAY: optionalAmount(
    'bytes of clips and cached speech that each tenant may write in a day of UTC',
  ),
  BUDGET_CONCURRENT_RUNS: optionalAmount('answers of the chat that one key may have at once'),
  BUDGET_CONCURRENT_SESSIONS: optionalAmount('live sessions that one key may have at once'),
  BUDGET_MODE: oneOf(
    ['hard', 'soft'],
    'hard',
    'what happens over a BUDGET: hard refuses with budget_exceeded, soft allows it and says so in a header, the log and the metrics',
  ),
  LEDGER_MAX_OUTPUT_TOKENS: optionalAmount(
    'longest answer where the caller set no maxTokens: reserved, and sent to the provider; default: 4096 where a budget of tokens applies, else none',
  ),
  BUDGET_AUDIO_SLICE_SECONDS: count(
    60,
    'audio that a live session reserves at once; the next is reserved when less than half of that is left',
    { max: 3_600 },
  ),
  LEDGER_TIMEOUT_MS: durationMs(
    2_000,
    'longest wait for the ledger; after it nothing is spent, and the answer is overloaded',
  ),
  LEDGER_FILE: text(
    'var/ledger.json',
    'where budgets that are counted outlive a restart, for each gateway another file; none: they do not; a relative path counts from the project',
  ),
  LEDGER_SAVE_MS: durationMs(
    1_000,
    'how long after a change LEDGER_FILE is written; a process that is killed forgets that much',
    { max: 60_000 },
  ),
  LEDGER_MAX_TOKEN_WINDOWS: count(
    20_000,
    'budgets of tokens with limits of their own that are counted for each tenant; beyond it further tokens are answered overloaded',
  ),
  LEDGER_KEEP_DAYS: count(90, 'how long GET /usage knows what was spent', { max: 3_660 }),
  LEDGER_MAX_ENTRIES: count(
    100_000,
    'lines of the history (hour, key, modality, model); beyond it the tenant that has most loses its oldest',
  ),
  PRICES_FILE: optionalText(
    'JSON with prices by model, e.g. prices/2026-11.json; without it no costs are told',
  ),
} as const;

const PAIRS = [
  ['BUDGET_TOKENS_PER_MINUTE', 'BUDGET_TOKENS_PER_DAY'],
  ['BUDGET_CHARACTERS_PER_MINUTE', 'BUDGET_CHARACTERS_PER_DAY'],
  ['BUDGET_AUDIO_SECONDS_PER_MINUTE', 'BUDGET_AUDIO_SECONDS_PER_DAY'],
  ['LEDGER_MAX_OUTPUT_TOKENS', 'BUDGET_TOKENS_PER_MINUTE'],
  ['LEDGER_MAX_OUTPUT_TOKENS', 'BUDGET_TOKENS_PER_DAY'],
] as const;

export const ledgerConfig = configSlice('ledger', 'Budgets', variables, (env: EnvOf<typeof variables>) => {
  for (const [smaller, larger] of PAIRS) {
    const [one, other] = [env[smaller], env[larger]];
    if (one !== undefined && other !== undefined && one > other)
      throw new ConfigError(`${smaller} (${one}) must not exceed ${larger} (${other})`);
  }
  const limits: CallerLimits = {
    perMinute: {
      tokens: env.BUDGET_TOKENS_PER_MINUTE,
      characters: env.BUDGET_CHARACTERS_PER_MINUTE,
      audioSeconds: env.BUDGET_AUDIO_SECONDS_PER_MINUTE,
    },
    perDay: {
      tokens: env.BUDGET_TOKENS_PER_DAY,
      characters: env.BUDGET_CHARACTERS_PER_DAY,
      audioSeconds: env.BUDGET_AUDIO_SECONDS_PER_DAY,
      storageBytes: env.BUDGET_STORAGE_BYTES_PER_DAY,
    },
    concurrentRuns: env.BUDGET_CONCURRENT_RUNS,
    concurrentSessions: env.BUDGET_CONCURRENT_SESSIONS,
    mode: env.BUDGET_MODE,
  };
  return {
    limits,
    audioSliceSeconds: env.BUDGET_AUDIO_SLICE_SECONDS,
    maxOutputTokens: env.LEDGER_MAX_OUTPUT_TOKENS,
    timeoutMs: env.LEDGER_TIMEOUT_MS,
    file: env.LEDGER_FILE === 'none' ? undefined : fromProject(env.LEDGER_FILE),
    saveMs: env.LEDGER_SAVE_MS,
    maxTokenWindows: env.LEDGER_MAX_TOKEN_WINDOWS,
    keepMs: env.LEDGER_KEEP_DAYS * 86_400_000,
    maxEntries: env.LEDGER_MAX_ENTRIES,
    pricesFile: env.PRICES_FILE,
  };
});
