import { Global, Module } from '@nestjs/common';
import { ErrorMetrics } from './error-metrics.js';
import { HttpMetrics } from './http-metrics.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsRegistry } from './metrics-registry.js';
import { MetricsServer } from './metrics-server.js';
import { ProviderMetrics } from './provider-metrics.js';

@Global()
@Module({
  controllers: [MetricsController],
  providers: [MetricsRegistry, HttpMetrics, ErrorMetrics, ProviderMetrics, MetricsServer],
  exports: [MetricsRegistry, ProviderMetrics],
})
export class MetricsModule {}
