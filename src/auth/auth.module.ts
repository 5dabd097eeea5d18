import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Admission } from './admission.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiKeyVerifier } from './api-key.verifier.js';
import { CallerVerifier } from './caller.verifier.js';
import { RefusalLog } from './refusal-log.js';

@Global()
@Module({
  providers: [
    ApiKeyVerifier,
    CallerVerifier,
    { provide: RefusalLog, useFactory: () => new RefusalLog() },
    Admission,
    { provide: APP_GUARD, useClass: ApiKeyGuard },
  ],
  exports: [Admission],
})
export class AuthModule {}
