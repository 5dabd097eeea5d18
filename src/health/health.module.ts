import { Global, Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { HealthMetrics } from './health-metrics.js';
import { KeysHealth } from './keys-health.js';
import { HealthRegistry } from './health-registry.js';
import { IssuerHealth } from './issuer-health.js';

@Global()
@Module({
  controllers: [HealthController],
  providers: [HealthRegistry, HealthMetrics, KeysHealth, IssuerHealth],
  exports: [HealthRegistry],
})
export class HealthModule {}
