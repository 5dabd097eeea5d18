import { Injectable, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { loadedExporter } from '../common/tracing/loaded-exporter.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { FailureReport } from './failure-report.js';

/** Gives the gateway's metrics to what exports them, if anything does, and waits a moment for the last export. */
@Injectable()
class TelemetryExport implements OnApplicationShutdown {
  private readonly logger = new Logger('Telemetry');
  private readonly exporter = loadedExporter();

  constructor(registry: MetricsRegistry) {
    this.exporter?.exportMetrics(registry);
    const report = new FailureReport((fields, message) => this.logger.warn(fields, message));
    this.exporter?.onFailure((cause) => report.failed(cause));
  }

  /** The last step of a shutdown: by now every span has ended. */
  async onApplicationShutdown(): Promise<void> {
    await this.exporter?.close();
  }
}

@Module({ providers: [TelemetryExport] })
export class TelemetryModule {}
