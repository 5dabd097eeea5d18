import { describe, expect, it } from '@jest/globals';
import { configurationOf } from '../configuration.js';

describe('the configuration of budgets', () => {
  it.each([
    ['BUDGET_TOKENS_PER_MINUTE', 'BUDGET_TOKENS_PER_DAY'],
    ['BUDGET_CHARACTERS_PER_MINUTE', 'BUDGET_CHARACTERS_PER_DAY'],
    ['BUDGET_AUDIO_SECONDS_PER_MINUTE', 'BUDGET_AUDIO_SECONDS_PER_DAY'],
    ['LEDGER_MAX_OUTPUT_TOKENS', 'BUDGET_TOKENS_PER_MINUTE'],
    ['LEDGER_MAX_OUTPUT_TOKENS', 'BUDGET_TOKENS_PER_DAY'],
  ])('refuses a %s that %s does not allow, and names both', (smaller, larger) => {
    expect(() => configurationOf({ [smaller]: '11', [larger]: '10' })).toThrow(
      `${smaller} (11) must not exceed ${larger} (10)`,
    );
    expect(() => configurationOf({ [smaller]: '10', [larger]: '10' })).not.toThrow();
  });

  it.each([
    ['BUDGET_TOKENS_PER_DAY', '0'],
    ['BUDGET_TOKENS_PER_DAY', '-1'],
    ['BUDGET_CHARACTERS_PER_DAY', '1.5'],
    ['BUDGET_STORAGE_BYTES_PER_DAY', 'plenty'],
    ['BUDGET_CONCURRENT_SESSIONS', '0'],
    ['BUDGET_MODE', 'off'],
    ['BUDGET_AUDIO_SLICE_SECONDS', '0'],
    ['LEDGER_TIMEOUT_MS', '0'],
  ])('refuses %s=%s, and names the variable', (name, value) => {
    expect(() => configurationOf({ [name]: value })).toThrow(name);
  });
});
