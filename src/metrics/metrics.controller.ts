import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { MetricsRegistry } from './metrics-registry.js';

@Controller('metrics')
export class MetricsController {
  constructor(private readonly registry: MetricsRegistry) {}

  /** For Prometheus, in its text format. Needs a key where callers do: how much is asked is nobody else's business. */
  @Get()
  async read(@Res() response: Response): Promise<void> {
    response.setHeader('Content-Type', this.registry.contentType).send(await this.registry.metrics());
  }
}
