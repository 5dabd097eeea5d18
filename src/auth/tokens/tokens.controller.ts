import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { Describe } from '../../common/api-description/describe.decorator.js';
import type { Caller } from '../caller.js';
import { CurrentCaller } from '../current-caller.decorator.js';
import { NeedsKey } from '../needs.decorator.js';
import { OwnTokens, type MintedToken } from './own-tokens.js';
import { revokeInputSchema, tokenInputSchema, type RevokeInput, type TokenInput } from './token-input.js';
import { TokenRevocation } from './token-revocation.js';
import { TOKENS } from './tokens.api.js';

/** Short-lived credentials for pages and phones, which must not hold a key. */
@NeedsKey()
@Controller('auth/tokens')
export class TokensController {
  constructor(
    private readonly tokens: OwnTokens,
    private readonly revocation: TokenRevocation,
  ) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @Describe(TOKENS.mint)
  mint(
    @Body({ schema: tokenInputSchema }) input: TokenInput,
    @CurrentCaller() caller: Caller,
  ): Promise<MintedToken> {
    return this.tokens.mint(input, caller);
  }

  @Post('revoke')
  @HttpCode(204)
  @Describe(TOKENS.revoke)
  revoke(
    @Body({ schema: revokeInputSchema }) { token }: RevokeInput,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    return this.revocation.revoke(token, caller);
  }
}
