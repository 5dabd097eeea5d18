import { Global, Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { KeysHealth } from './keys-health.js';
import { HealthRegistry } from './health-registry.js';

@Global()
@Module({
  controllers: [HealthController],
  providers: [HealthRegistry, KeysHealth],
  exports: [HealthRegistry],
})
export class HealthModule {}
