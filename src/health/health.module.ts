import { Global, Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { HealthMetrics } from './health-metrics.js';
import { KeysHealth } from './keys-health.js';
import { HealthRegistry } from './health-registry.js';

@Global()
@Module({
  controllers: [HealthController],
  providers: [HealthRegistry, HealthMetrics, KeysHealth],
  exports: [HealthRegistry],
})
export class HealthModule {}
