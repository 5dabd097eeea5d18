import { Global, Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { APP_GUARD } from '@nestjs/core';
import { Admission } from './admission.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiKeyVerifier } from './api-key.verifier.js';
import { authConfig } from './auth.config.js';
import { CallerWork } from './caller-work.js';
import { CallerVerifier } from './caller.verifier.js';
import { KeyChanges } from './keys/key-changes.js';
import { KeyRing } from './keys/key-ring.js';
import { EventGate } from '../common/sockets/event-gate.js';
import { ScopeGate } from './scope.gate.js';
import { RefusalLog } from './refusal-log.js';
import { ExternalTokens } from './tokens/external-tokens.js';
import { issuerConfig } from './tokens/issuer.config.js';
import { IssuerKeys } from './tokens/issuer-keys.js';
import { KeptRevokedTokens } from './tokens/kept-revoked-tokens.js';
import { MemoryRevokedTokens } from './tokens/memory-revoked-tokens.js';
import { OwnTokens } from './tokens/own-tokens.js';
import { REVOKED_TOKENS, type RevokedTokens } from './tokens/revoked-tokens.js';
import { TOKEN_KINDS, type TokenKind } from './tokens/token-kind.js';
import { TokenRevocation } from './tokens/token-revocation.js';
import { TokensController } from './tokens/tokens.controller.js';
import { tokensConfig } from './tokens/tokens.config.js';

@Global()
@Module({
  controllers: [TokensController],
  providers: [
    KeyChanges,
    {
      provide: KeyRing,
      inject: [authConfig.KEY, KeyChanges],
      useFactory: (config: ConfigType<typeof authConfig>, changes: KeyChanges) =>
        KeyRing.open(config, changes),
    },
    ApiKeyVerifier,
    OwnTokens,
    {
      provide: REVOKED_TOKENS,
      inject: [tokensConfig.KEY],
      useFactory: ({ maxRevoked, revokedDir }: ConfigType<typeof tokensConfig>) =>
        revokedDir === undefined
          ? new MemoryRevokedTokens(maxRevoked)
          : KeptRevokedTokens.open(revokedDir, maxRevoked),
    },
    {
      provide: IssuerKeys,
      inject: [issuerConfig.KEY],
      useFactory: ({ trusted }: ConfigType<typeof issuerConfig>) => trusted && new IssuerKeys(trusted.keySet),
    },
    {
      provide: TOKEN_KINDS,
      inject: [OwnTokens, issuerConfig.KEY, IssuerKeys, REVOKED_TOKENS],
      useFactory: (
        own: OwnTokens,
        { trusted }: ConfigType<typeof issuerConfig>,
        keys: IssuerKeys | undefined,
        revoked: RevokedTokens,
      ): TokenKind[] => [own, ...(trusted && keys ? [new ExternalTokens(trusted, keys, revoked)] : [])],
    },
    TokenRevocation,
    CallerVerifier,
    { provide: RefusalLog, useFactory: () => new RefusalLog() },
    Admission,
    CallerWork,
    { provide: EventGate, useClass: ScopeGate },
    { provide: APP_GUARD, useClass: ApiKeyGuard },
  ],
  exports: [Admission, CallerWork, EventGate, IssuerKeys, KeyChanges, KeyRing],
})
export class AuthModule {}
