import { describe, expect, it } from '@jest/globals';
import { tokensConfig } from './tokens.config.js';
import { parseTokenSecret, tokenSecretEntrySchema } from './token-secret-entry.js';

describe('secrets of tokens', () => {
  it.each(['short:swordfish', 'no-colon-but-long-enough-to-be-a-secret-of-32', `b d:${'x'.repeat(32)}`, ''])(
    'refuses %j and does not repeat it',
    (entry) => {
      const { error } = tokenSecretEntrySchema.safeParse(entry);

      expect(error?.message).toContain('id:secret');
      expect(error?.message).not.toContain('swordfish');
    },
  );

  it('are never printed', () => {
    expect(JSON.stringify(parseTokenSecret(`a:${'swordfish'.repeat(4)}`))).not.toContain('swordfish');
  });

  it('are made up at each start unless given', () => {
    const [first, second] = [1, 2].map(
      () =>
        tokensConfig({ AUTH_TOKEN_SECRETS: [], AUTH_TOKEN_MAX_REVOKED: 1, AUTH_REVOKED_TOKENS_DIR: 'x' })
          .secrets[0],
    );

    expect(first!.secret.reveal()).toHaveLength(64);
    expect(first!.secret.reveal()).not.toBe(second!.secret.reveal());
  });
});
